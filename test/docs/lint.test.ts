/** `docs/lint.md`: every rule is there with its level, each bad example breaks that rule and no other, and each good one breaks none. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type DiagnosticRule, FIRM_RULES, isFirm, LINT_LEVELS } from '../../src/source/diagnostic.ts'
import { fixText } from '../../src/source/lint/fix.ts'
import { readMap } from '../../src/source/read-map.ts'
import { RULE_NOTES } from '../../src/source/rule-notes.ts'
import { filesOf, type Texts } from '../source/maps.ts'

const page = readFileSync(new URL('../../docs/lint.md', import.meta.url), 'utf8')
const RULES = [...Object.keys(FIRM_RULES), ...Object.keys(LINT_LEVELS)]

/** What a page cannot show: bytes, whole files, and what takes a thousand lines. Tests of their own have them. */
const WITHOUT_EXAMPLES = [
  'duplicate-service',
  'empty-file',
  'file-too-large',
  'forbidden-character',
  'implies-too-many',
  'lookup-too-branchy',
  'missing-file',
  'not-utf8',
  'release-refused',
  'too-deep',
  'unknown-caller',
  'unused-caller',
]

const sections = new Map(
  page
    .split(/^### `/m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('`')), text.slice(text.indexOf('\n'))]),
)

const examplesOf = (section: string): readonly string[] =>
  [...section.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text)

const TODAY = '2027-01-01'
const breaks = (texts: Texts) => readMap(filesOf(texts), TODAY).diagnostics

test('the page has every rule once, in a section and in the table', () => {
  expect([...sections.keys()].sort()).toEqual([...RULES].sort())
  const rows = [...page.matchAll(/^\| \[`([a-z0-9-]+)`\]\(#([a-z0-9-]+)\) \| ([a-z ]+) \|/gm)]
  expect(rows.map(([, rule]) => rule).sort()).toEqual([...RULES].sort())
  for (const [, rule, anchor] of rows) expect(anchor).toBe(rule)
})

describe.each([...sections])('%s', (rule, section) => {
  const level = isFirm(rule)
    ? `always ${FIRM_RULES[rule] === 'error' ? 'an error' : 'a warning'}`
    : LINT_LEVELS[rule as keyof typeof LINT_LEVELS]
  const examples = examplesOf(section)

  test('says its level and what breaks it, in the words that other tools get', () => {
    expect(section).toMatch(new RegExp(`^\\*\\*${level}(?:, mended by \`--fix\`)?\\.\\*\\* `, 'm'))
    expect(section).toContain(RULE_NOTES[rule as DiagnosticRule])
    expect(page).toContain(`| [\`${rule}\`](#${rule}) | ${level} | ${section.includes('mended by') ? 'yes' : ''} |`)
  })

  if (WITHOUT_EXAMPLES.includes(rule)) test('has no example', () => expect(examples).toEqual([]))
  else
    test('has a bad and a good example, and both are', () => {
      expect(examples).toHaveLength(2)
      const [bad, good] = examples.map(wholeMapOf)
      if (bad === undefined || good === undefined) return
      const found = breaks(bad)
      expect(new Set(found.map((each) => each.rule))).toEqual(new Set([rule]))
      expect(breaks(good)).toEqual([])
      expect(found.some(({ fix }) => fix !== undefined)).toBe(section.includes('mended by'))
    })

  if (section.includes('mended by') && rule !== 'unused-exception')
    test('is mended to the good example', () => {
      const [bad, good] = examples.map(wholeMapOf)
      const found = breaks(bad ?? {})
      const mended = Object.entries(bad ?? {}).map(([file, text]) => [file, fixText(file, text, found).text])
      expect(Object.fromEntries(mended)).toEqual(good)
    })
})

/** An example with all that is left out of it. */
function wholeMapOf(example: string): Texts {
  const parts = example.split(/^# (\S+\.yaml)\n/m)
  const written: Record<string, string> = parts[0] === '' ? {} : { 'invoices.yaml': parts[0] ?? '' }
  for (let index = 1; index < parts.length; index += 2) written[parts[index] ?? ''] = parts[index + 1] ?? ''
  const services = Object.keys(written).filter((file) => file !== 'gateway.yaml')
  if (services.length === 0) written['invoices.yaml'] = ''
  const files = Object.entries(written).filter(([file]) => file !== 'gateway.yaml')
  const data = files.map(([, text]) => dataOf(text))
  const known = new Set(data.flatMap((each) => Object.keys(each?.scopes ?? {})))
  return {
    'gateway.yaml': wholeGateway(written['gateway.yaml'] ?? 'hosts: [api.example.com]\n'),
    ...Object.fromEntries(
      files.map(([file, text], index) => [file, wholeService(file.replace('.yaml', ''), text, data[index], known)]),
    ),
  }
}

interface ServiceData {
  readonly scopes?: Readonly<Record<string, unknown>>
  readonly routes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly [key: string]: unknown
}

/** Undefined where the example is no YAML, as some must be. */
function dataOf(text: string): ServiceData | undefined {
  try {
    return (parse(text, { logLevel: 'silent', uniqueKeys: false }) ?? {}) as ServiceData
  } catch {
    return undefined
  }
}

const SCOPE = '{ reason: Partners reconcile., sensitivity: medium }'

/** A head, the scopes that its routes ask for, and a route that asks for its scopes. */
function wholeService(name: string, text: string, data: ServiceData | undefined, known: ReadonlySet<string>): string {
  const head = { service: name, description: 'Customer invoices.', owner: 'team-billing' }
  const lines = Object.entries(head).filter(([key]) => data?.[key] === undefined)
  const start = lines.map(([key, value]) => `${key}: ${value}\n`).join('')
  // A whole service is as it is.
  if (lines.length === 0) return text
  const declared = Object.keys(data?.scopes ?? {})
  const asked = [...new Set(namesIn(data?.routes))].filter((scope) => !known.has(scope))
  const scopes =
    data?.scopes === undefined && asked.length > 0
      ? `scopes: { ${asked.map((scope) => `"${scope}": ${SCOPE}`).join(', ')} }\n`
      : ''
  const names = declared.length > 0 ? declared : ['other:use']
  const route = `routes: { /${name}-used: { GET: { anyOf: [${names.map((scope) => `"${scope}"`).join(', ')}] } } }\n`
  const other = declared.length > 0 || scopes !== '' ? '' : `scopes: { other:use: ${SCOPE} }\n`
  return `${start}${text}${scopes}${data?.routes === undefined && data !== undefined ? other + route : ''}`
}

/** The scopes that requirements name. */
function namesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.includes(':') || /^[A-Za-z]+$/.test(value) ? [value] : []
  if (Array.isArray(value)) return value.flatMap(namesIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => (NO_SCOPES.has(key) ? [] : namesIn(child)))
}

const NO_SCOPES: ReadonlySet<string> = new Set([
  'public',
  'authenticated',
  'stepUp',
  'clients',
  'senderConstrained',
  'introspection',
  'revocation',
])

const ENVIRONMENT = {
  resource: 'https://api.example.com',
  audience: 'https://api.example.com',
  issuers: [{ issuer: 'https://login.example.com', keys: 'oidc', algorithms: ['ES256'] }],
  upstream: 'zone',
}

/** With an environment, and what each environment must have. */
function wholeGateway(text: string): string {
  const data = parse(text) as { environments?: Readonly<Record<string, object>> }
  const { environments, ...rest } = data
  if (environments === undefined) return `${text}environments: ${JSON.stringify({ staging: ENVIRONMENT })}\n`
  const whole = Object.fromEntries(
    Object.entries(environments).map(([name, environment]) => [name, { ...ENVIRONMENT, ...environment }]),
  )
  return JSON.stringify({ ...rest, environments: whole })
}
