/** The table of an import -> the text of a policy-test file: requests that are to be answered alike stand together. */
import { compareText } from '../diagnostic.ts'
import type { ImportedCaller, ImportedCase } from './imported.ts'
import { sentence, yamlText } from './yaml-text.ts'

/** `origin` says in a few words what it was imported from. */
export function writeTests(cases: readonly ImportedCase[], origin: string): string {
  const names = callerNames(cases)
  const groups = groupByAnswers(cases, names)
  return [
    `tests: ${yamlText(`What ${sentence(origin)} lets in, as it says itself`)}`,
    'callers:',
    ...[...names].map(([key, name]) => `  ${yamlText(name)}: { scopes: [${scopesOf(key).map(yamlText).join(', ')}] }`),
    'cases:',
    ...groups.flatMap(groupLines),
    '',
  ].join('\n')
}

/** Sets of scopes that are the same have the same key. */
const keyOf = (scopes: readonly string[]): string => [...new Set(scopes)].sort(compareText).join(' ')
const scopesOf = (key: string): readonly string[] => (key === '' ? [] : key.split(' '))

const LONGEST_NAME = 60

/** Who holds what, and how the file calls them: by their scopes, where these are few. */
function callerNames(cases: readonly ImportedCase[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  let long = 0
  for (const { caller } of cases) {
    if (caller.kind === 'nobody') continue
    const key = keyOf(caller.scopes)
    if (names.has(key)) continue
    const isShort = key.length <= LONGEST_NAME && key !== 'nobody'
    names.set(key, key === '' ? 'any token' : isShort ? key : `${scopesOf(key).length} scopes (${++long})`)
  }
  return names
}

interface Group {
  readonly requests: string[]
  readonly expect: ReadonlyMap<string, string>
}

function groupByAnswers(cases: readonly ImportedCase[], names: ReadonlyMap<string, string>): readonly Group[] {
  const byRequest = new Map<string, Map<string, string>>()
  for (const each of cases) {
    const request = requestText(each)
    const answers = byRequest.get(request) ?? new Map<string, string>()
    byRequest.set(request, answers.set(nameOf(each.caller, names), each.expected))
  }
  const groups = new Map<string, Group>()
  for (const [request, expect] of byRequest) {
    const key = JSON.stringify([...expect])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { requests: [request], expect })
    else group.requests.push(request)
  }
  return [...groups.values()]
}

const requestText = ({ method, host, path }: ImportedCase): string =>
  `${method} ${host === undefined ? path : `https://${host}${path}`}`

const nameOf = (caller: ImportedCaller, names: ReadonlyMap<string, string>): string =>
  caller.kind === 'nobody' ? 'nobody' : (names.get(keyOf(caller.scopes)) ?? '')

function groupLines({ requests, expect }: Group): readonly string[] {
  const [only = ''] = requests
  return [
    ...(requests.length === 1
      ? [`  - request: ${yamlText(only)}`]
      : ['  - request:', ...requests.map((request) => `      - ${yamlText(request)}`)]),
    '    expect:',
    ...[...expect].map(([name, answer]) => `      ${yamlText(name)}: ${answer}`),
  ]
}
