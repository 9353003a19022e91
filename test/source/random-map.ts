/** Random maps without errors, and the same maps in another order. Written as JSON, which is YAML. */
import fc from 'fast-check'
import { GATEWAY, type Texts } from './maps.ts'

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json }

export interface RandomMap {
  /** By file name, in the order in which they are handed over. */
  readonly files: readonly (readonly [string, Json])[]
  readonly texts: () => Texts
}

const mapOf = (files: readonly (readonly [string, Json])[]): RandomMap => ({
  files,
  texts: () =>
    Object.fromEntries([...files.map(([name, content]) => [name, JSON.stringify(content)]), ['gateway.yaml', GATEWAY]]),
})

const SERVICES = ['alpha', 'beta', 'gamma'] as const
const LETTERS = ['a', 'b', 'c', 'd'] as const
const METHODS = ['GET', 'POST', 'DELETE', 'ANY'] as const
const ALL = SERVICES.flatMap((service) => LETTERS.map((letter) => `${service}:${letter}`))

const name = fc.constantFrom(...ALL)
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 })
const duration = fc.constantFrom('30s', '5m', '1h')
const stepUp = fc.record(
  { acr: fc.uniqueArray(fc.constantFrom('phr', 'phrh', 'mfa'), { minLength: 1 }), maxAge: duration },
  { requiredKeys: ['acr'] },
)
const conditions = fc.record(
  { stepUp, maxTokenAge: duration, mode: fc.constantFrom('enforce', 'observe') },
  { requiredKeys: [] },
)

const requirement: fc.Arbitrary<Json> = fc.oneof(
  name,
  fc.constant({ public: 'Probed.' }),
  conditions.map((rest) => ({ authenticated: 'One sees oneself.', ...rest })),
  fc.tuple(conditions, name).map(([rest, scope]) => ({ scope, ...rest })),
  fc.tuple(conditions, names).map(([rest, allOf]) => ({ allOf, ...rest })),
  fc
    .tuple(
      conditions,
      fc.array(
        fc.oneof(
          name,
          names.map((allOf) => ({ allOf })),
        ),
        { minLength: 1, maxLength: 4 },
      ),
    )
    .map(([rest, anyOf]) => ({ anyOf, ...rest })),
)

const segment = fc.constantFrom('a', 'b', '{p}', 'caf\u00e9')
const template = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom('', '/', '/{rest+}'))
  .map(
    ([parts, end]) =>
      `/${parts.map((part, index) => part.replace('p', `p${index}`)).join('/')}${parts.length === 0 ? end.slice(1) : end}`,
  )

const methods = fc.dictionary(fc.constantFrom(...METHODS), requirement, { minKeys: 1, noNullPrototype: true })
const routes = fc.dictionary(template, methods, { minKeys: 1, maxKeys: 5, noNullPrototype: true })

/** Implies later names alone, so that there is no way back. */
const scope = (own: string) =>
  fc
    .record(
      {
        implies: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
        stepUp,
        maxTokenAge: duration,
        replacedBy: names,
      },
      { requiredKeys: [] },
    )
    .map(({ implies, replacedBy, ...rest }): Json => {
      const later = (implies ?? []).filter((other) => other > own)
      return {
        reason: 'R.',
        sensitivity: 'low',
        ...rest,
        ...(later.length > 0 && { implies: later }),
        ...(replacedBy && { deprecated: { since: '2026-01-01', replacedBy } }),
      }
    })

const service = (own: string): fc.Arbitrary<readonly [string, Json]> =>
  fc
    .tuple(
      routes,
      fc.tuple(...LETTERS.map((letter) => scope(`${own}:${letter}`))),
      fc.constantFrom({}, { mode: 'observe' }),
    )
    .map(([routes, scopes, mode]) => [
      `${own}.yaml`,
      {
        service: own,
        description: 'D.',
        owner: 'o',
        hosts: [`${own}.example.com`, `*.${own}.example.com`],
        basePath: '/v1',
        scopes: Object.fromEntries(scopes.map((each, index) => [`${own}:${LETTERS[index]}`, each])),
        routes,
        ...mode,
      },
    ])

/** Three services with four scopes each, on hosts of their own. */
export const anyMap: fc.Arbitrary<RandomMap> = fc.tuple(...SERVICES.map(service)).map(mapOf)

/** Lists whose order means something. */
const ORDERED: ReadonlySet<string> = new Set(['acr'])

/** The same map with files, keys and lists in another order. */
export const shuffled = ({ files }: RandomMap): fc.Arbitrary<RandomMap> =>
  fc.infiniteStream(fc.nat()).map((numbers) => {
    const next = () => Number(numbers.next().value)
    return mapOf(shuffle(files, next).map(([file, content]) => [file, reorder(content, '', next)]))
  })

function reorder(value: Json, key: string, next: () => number): Json {
  if (typeof value !== 'object') return value
  if (isList(value)) {
    const items = value.map((item) => reorder(item, key, next))
    return ORDERED.has(key) ? items : shuffle(items, next)
  }
  return Object.fromEntries(
    shuffle(Object.entries(value), next).map(([name, child]) => [name, reorder(child, name, next)]),
  )
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

/** Fisher and Yates. */
function shuffle<T>(items: readonly T[], next: () => number): T[] {
  const rest = [...items]
  return items.flatMap(() => rest.splice(next() % rest.length, 1))
}
