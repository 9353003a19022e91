/** The catalogue as Markdown, as GitHub and others read it (GFM): headings, tables, and anchors that do not change with the text. */
import type { Catalogue, CatalogueScope, CatalogueService } from './catalogue.ts'
import type { Phrase } from './phrase.ts'
import type { OpenRoute, RouteName, RouteUse } from './routes.ts'
import {
  anchorOf,
  deprecationPhrase,
  INTRODUCTION,
  indirectTitle,
  joinPhrases,
  LEGEND,
  openPhrase,
  relationPhrases,
  SENSITIVITY_WORDS,
  scopesPhrase,
} from './words.ts'

/** Ends in one line feed. */
export function renderMarkdown(catalogue: Catalogue): string {
  const { title, access, services, hosts, digest } = catalogue
  const blocks = [
    `# ${prose(title)}`,
    ...INTRODUCTION.map(phrase),
    ...(access === undefined
      ? []
      : [
          [
            `- Environment: ${prose(access.environment)}`,
            `- Resource to ask tokens for: ${code(access.resource)}`,
            `- Tokens come from: ${access.issuers.map(code).join(', ')}`,
          ].join('\n'),
        ]),
    overview(services),
    phrase(LEGEND),
    ...services.flatMap((service) => serviceBlocks(service, hosts.length < 2)),
    '---',
    `Made by Scopewall from release ${code(digest.slice(0, 12))}. The gate judges by the same release.`,
  ]
  return `${blocks.join('\n\n')}\n`
}

const overview = (services: readonly CatalogueService[]): string =>
  table(
    ['Scope', 'What for', 'Sensitivity', 'Owner'],
    services.flatMap(({ scopes }) =>
      scopes.map(({ name, reason, sensitivity, owner, deprecated }) => [
        `${phrase([{ scope: name }])}${deprecated === undefined ? '' : ' (deprecated)'}`,
        prose(reason),
        sensitivity,
        prose(owner),
      ]),
    ),
  )

function serviceBlocks(service: CatalogueService, isOneHost: boolean): readonly string[] {
  const { name, description, owner, resource, scopes, open } = service
  return [
    heading(2, anchorOf('service', name), prose(name)),
    prose(description),
    `Answered for by ${prose(owner)}.`,
    ...(resource === undefined ? [] : [`A resource of its own: ask tokens for ${code(resource)}.`]),
    ...scopes.flatMap((scope) => scopeBlocks(scope, isOneHost)),
    ...(open.length === 0 ? [] : ['### Routes without a scope', openTable(open, isOneHost)]),
  ]
}

function scopeBlocks(scope: CatalogueScope, isOneHost: boolean): readonly string[] {
  const { name, reason, owner, sensitivity, since, deprecated, needs, direct, indirect } = scope
  return [
    heading(3, anchorOf('scope', name), code(name)),
    prose(reason),
    ...(deprecated === undefined ? [] : [`> **Deprecated.** ${phrase(deprecationPhrase(deprecated))}`]),
    [
      `- Owner: ${prose(owner)}`,
      `- Sensitivity: ${sensitivity}; misuse ${SENSITIVITY_WORDS[sensitivity]}`,
      ...(since === undefined ? [] : [`- Since: ${since}`]),
      ...(needs.length === 0
        ? []
        : [`- Wherever it lets a request in, it takes ${phrase(joinPhrases(needs, ', and '))}.`]),
      ...relationPhrases(scope).map((each) => `- ${phrase(each)}`),
    ].join('\n'),
    ...(direct.length + indirect.length === 0 ? ['No route needs it at present.'] : []),
    ...(direct.length === 0 ? [] : [useTable(direct, isOneHost)]),
    ...(indirect.length === 0
      ? []
      : [
          `<details><summary>${indirectTitle(direct.length, indirect.length)}</summary>`,
          useTable(indirect, isOneHost),
          '</details>',
        ]),
  ]
}

/** The anchor is an element of its own: what a heading's own anchor is called differs from one renderer to the next. */
const heading = (level: number, anchor: string, text: string): string =>
  `<a id="${anchor}"></a>\n\n${'#'.repeat(level)} ${text}`

function useTable(uses: readonly RouteUse[], isOneHost: boolean): string {
  const rows = uses.map((use) => [...routeCells(use, isOneHost), phrase(scopesPhrase(use)), needsText(use)])
  return rows.every((row) => row.at(-1) === '')
    ? table(
        ['Method', 'Path', 'Opens'],
        rows.map((row) => row.slice(0, -1)),
      )
    : table(['Method', 'Path', 'Opens', 'It also takes'], rows)
}

const needsText = ({ needs, isWebSocket }: RouteUse): string =>
  [phrase(joinPhrases(needs, ', and ')), isWebSocket ? '(WebSocket)' : ''].filter((text) => text !== '').join(' ')

const openTable = (routes: readonly OpenRoute[], isOneHost: boolean): string =>
  table(
    ['Method', 'Path', 'Takes', 'Why'],
    routes.map((route) => [...routeCells(route, isOneHost), phrase(openPhrase(route)), prose(route.reason)]),
  )

const routeCells = ({ method, path, hosts }: RouteName, isOneHost: boolean): readonly string[] => [
  code(method),
  isOneHost ? code(path) : `${hosts.map(code).join(', ')} ${code(path)}`,
]

/** A bar in a cell is escaped even inside code (GFM section 4.10). */
const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

const phrase = (parts: Phrase): string =>
  parts
    .map((part) => {
      if (typeof part === 'string') return prose(part)
      if ('code' in part) return code(part.code)
      if ('scope' in part) return `[${code(part.scope)}](#${anchorOf('scope', part.scope)})`
      return `[${prose(part.text)}](<${part.link.replace(/[<>\\\s]/g, encodeURIComponent)}>)`
    })
    .join('')

/** A code span that holds the text whatever it is: its fence is longer than any run of backticks inside. */
function code(text: string): string {
  const line = oneLine(text)
  const fence = '`'.repeat(1 + Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)))
  const padding = /^`|`$|^ .* $/.test(line) ? ' ' : ''
  return `${fence}${padding}${line}${padding}${fence}`
}

/** Text that nothing in Markdown or HTML acts upon, on one line. */
const prose = (text: string): string =>
  oneLine(text)
    .replace(/[\\`*_[\]<>~$#]|^[-+=](?=\s|$)|^[-=]+$|(?<=^[0-9]{1,9})[.)](?=\s|$)/g, '\\$&')
    .replace(/&(?=[#A-Za-z])/g, '\\&')

const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu, '\uFFFD')
