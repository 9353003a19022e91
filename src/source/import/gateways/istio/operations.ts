/** Which requests an operation of Istio is about. */
import { isHostPattern } from '../../../address.ts'
import { quoted } from '../../../diagnostic.ts'
import {
  ANY_PATH,
  exactPath,
  type PathPattern,
  segmentShape,
  textPrefix,
  textSuffix,
  unknownPattern,
} from '../path-pattern.ts'
import type { Note, Part } from '../plan.ts'
import { EMPTY, TAIL } from '../shape.ts'
import { kindOf, matchesValue } from './match.ts'
import type { Condition } from './policies.ts'

type Requests = Pick<Part, 'hosts' | 'methods' | 'paths' | 'notPaths'> & {
  readonly conditions: readonly string[]
  readonly notes: readonly Note[]
}

const ALL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Hosts that the map can say and hosts that it cannot are requests apart: else a rule would be lost for the latter. */
export function requestsOf(operation: readonly Condition[]): readonly Requests[] {
  const hosts = operation.find(({ key }) => key === 'hosts')
  const isOdd = (host: string) => host !== '*' && !isHostPattern(plainHost(host))
  const odd = hosts?.values.filter(isOdd) ?? []
  if (hosts === undefined || odd.length === 0 || odd.length === hosts.values.length) return [requestsOfAlike(operation)]
  return [odd, hosts.values.filter((host) => !isOdd(host))].map((values) =>
    requestsOfAlike(operation.map((condition) => (condition === hosts ? { ...hosts, values } : condition))),
  )
}

const plainHost = (host: string): string => host.toLowerCase().replace(/:\d+$/, '')

function requestsOfAlike(operation: readonly Condition[]): Requests {
  const of = (key: string) => operation.find((condition) => condition.key === key)
  const [hosts, methods, paths] = [of('hosts'), of('methods'), of('paths')]
  const named = (hosts?.values ?? []).map(plainHost)
  const isEvery = named.length === 0 || named.includes('*')
  const odd = isEvery ? [] : named.filter((host) => !isHostPattern(host))
  const readings = (paths?.values ?? []).map(pathOf)
  const exceptions = (paths?.notValues ?? []).map(pathOf)
  const conditions = [
    ...odd.map((host) => `the host ${quoted(host)}`),
    ...((hosts?.notValues.length ?? 0) > 0 ? ['a host besides certain ones'] : []),
    ...(of('ports') === undefined ? [] : ['certain ports']),
  ]
  return {
    hosts: isEvery ? [] : named.filter(isHostPattern),
    ...(methods && { methods: methodsOf(methods) }),
    paths: readings.length === 0 ? [ANY_PATH] : readings.map(({ pattern }) => pattern),
    notPaths: exceptions.map(({ pattern }) => pattern),
    conditions,
    notes: [...readings, ...exceptions].flatMap(({ notes }) => notes),
  }
}

const methodsOf = ({ values, notValues }: Condition): ReadonlySet<string> =>
  new Set(
    ALL_METHODS.filter(
      (method) =>
        (values.length === 0 || values.some((value) => matchesValue(value, method))) &&
        !notValues.some((value) => matchesValue(value, method)),
    ),
  )

interface PathReading {
  readonly pattern: PathPattern
  readonly notes: readonly Note[]
}

function pathOf(value: string): PathReading {
  if (/\{\*\*?\}/.test(value)) return templateOf(value)
  const kind = kindOf(value)
  if (kind === 'presence') return { pattern: ANY_PATH, notes: [] }
  if (kind === 'suffix')
    return {
      pattern: textSuffix(value.slice(1), value),
      notes: [
        { verdict: 'unrepresentable', message: `no template says that a path ends in ${quoted(value.slice(1))}` },
      ],
    }
  const made = kind === 'prefix' ? textPrefix(value.slice(0, -1), value) : exactPath(value)
  return made.ok ? { pattern: made.value, notes: [] } : unsayable(value, made.error)
}

const unsayable = (value: string, reason: string): PathReading => ({
  pattern: unknownPattern(value, '/'),
  notes: [{ verdict: 'unrepresentable', message: `its path ${quoted(value)} has no template: ${reason}` }],
})

/** `{*}` is one segment; `{**}`, last, is whatever is left after its slash, and may be nothing. */
function templateOf(value: string): PathReading {
  const parts = value.slice(1).split('/')
  const isOpen = parts.at(-1) === '{**}'
  const stem = isOpen ? parts.slice(0, -1) : parts
  if (!value.startsWith('/') || stem.includes('{**}')) return unsayable(value, '`{**}` is not at its end')
  const shape = segmentShape(stem, (part) => part === '{*}')
  if (!shape.ok) return unsayable(value, shape.error)
  const sure = isOpen
    ? [
        [...shape.value, EMPTY],
        [...shape.value, TAIL],
      ]
    : [shape.value]
  return {
    pattern: { text: value, matches: (path) => matchesTemplate(value, path), sure, near: [], samples: [] },
    notes: [],
  }
}

export function matchesTemplate(template: string, path: string): boolean {
  const [wanted, given] = [template.slice(1).split('/'), path.slice(1).split('/')]
  const isOpen = wanted.at(-1) === '{**}'
  if (isOpen ? given.length < wanted.length : given.length !== wanted.length) return false
  return wanted.every(
    (part, index) =>
      part === given[index] || (part === '{*}' && given[index] !== '') || (isOpen && index === wanted.length - 1),
  )
}
