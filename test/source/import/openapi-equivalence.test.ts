/** Random descriptions: what the imported map decides is what an independent reading of `security` says. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { allows, importText, planOf, releaseOfPlan } from './imports.ts'
import { CALLERS, type Json, type JsonObject, randomApi, readRaw } from './random-openapi.ts'

/** `SCOPEWALL_RUNS=2000` looks longer. */
const RUNS = Number(process.env.SCOPEWALL_RUNS ?? 40)

const asText = fc.constantFrom<(document: JsonObject) => string>(
  (document) => JSON.stringify(document),
  (document) => JSON.stringify(document, undefined, 2),
  (document) => stringify(document),
)

const example = (template: string): string => template.replace(/\{[^}]*\}/g, 'zz9').replaceAll('caf\u00e9', 'caf%C3%A9')

describe('the imported map', () => {
  test('decides each operation as its security reads, or says how not and is never looser', () => {
    let exact = 0
    let operations = 0
    fc.assert(
      fc.property(randomApi(6, 1), asText, ({ document }, text) => {
        const imported = importText(text(document))
        if (imported.findings.some(({ verdict }) => verdict === 'looser')) return
        if (imported.services.length === 0) return
        const plan = planOf(imported)
        expect(plan.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
        expect(plan.mismatches).toEqual([])
        const release = releaseOfPlan(plan)
        for (const reading of readRaw(document)) {
          const url = `https://api.example.com${example(reading.path)}`
          const construct = `${reading.method} ${reading.path.replace(/^\/v1/, '')}`
          const verdict = imported.findings.find((each) => each.construct === construct)?.verdict
          operations++
          if (verdict === 'exact') exact++
          const wrong = CALLERS.filter((held) => {
            const [says, does] = [reading.allows(held), allows(release, reading.method, url, held)]
            return verdict === 'exact' ? does !== says : does && !says
          })
          expect([construct, verdict, wrong]).toEqual([construct, verdict, []])
        }
      }),
      { numRuns: RUNS },
    )
    expect(exact / operations).toBeGreaterThan(0.15)
  })

  test('is exact wherever the paths are plain and tokens are all that is asked for', () => {
    const plain = randomApi(5, 1).filter(({ document }) => {
      const shapes = readRaw(document).map(
        ({ method, path }) => `${method} ${path.replace(/\{[^}]*\}/g, '{}').toLowerCase()}`,
      )
      const isPlain = shapes.every((shape) => !/\}[^/]|[^/]\{|\./.test(shape))
      return isPlain && new Set(shapes).size === shapes.length
    })
    fc.assert(
      fc.property(plain, asText, ({ document }, text) => {
        const { findings } = importText(text(document))
        for (const { method, path, isAboutTokens } of readRaw(document)) {
          const found = findings.find(({ construct }) => construct === `${method} ${path.replace(/^\/v1/, '')}`)
          if (isAboutTokens && !/could be taken|differs from it in case/.test(found?.message ?? ''))
            expect([method, path, found?.verdict]).toEqual([method, path, 'exact'])
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('is the same whether the description is JSON or YAML', () => {
    fc.assert(
      fc.property(randomApi(4), ({ document }) => {
        const [json, yaml] = [importText(JSON.stringify(document)), importText(stringify(document))]
        expect(yaml.services.map(({ rules }) => rules.map(({ at: _, ...rule }) => rule))).toEqual(
          json.services.map(({ rules }) => rules.map(({ at: _, ...rule }) => rule)),
        )
        expect(yaml.cases).toEqual(json.cases)
      }),
      { numRuns: RUNS / 2 },
    )
  })

  test('of a thousand operations comes within seconds', () => {
    const paths = Object.fromEntries(
      Array.from({ length: 500 }, (_, index): [string, Json] => [
        `/things${index}/{id}/parts/{part}`,
        {
          get: { security: [{ oauth: [`t${index % 40}:read`] }] },
          post: { security: [{ oauth: [`t${index % 40}:read`, 'w:all'] }] },
        },
      ]),
    )
    const document = {
      openapi: '3.0.0',
      servers: [{ url: 'https://api.example.com/v1' }],
      components: { securitySchemes: { oauth: { type: 'oauth2', flows: {} } } },
      paths,
    }
    const start = performance.now()
    const imported = importText(JSON.stringify(document))
    const plan = planOf(imported)
    expect(plan.mismatches).toEqual([])
    expect(releaseOfPlan(plan).rules).toHaveLength(1000)
    expect(performance.now() - start).toBeLessThan(20_000)
  })
})
