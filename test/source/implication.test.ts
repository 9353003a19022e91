/** The graph of implications, against the plainest way to walk it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closeImplications, type Implications, MOST_IMPLIED, orderImplications } from '../../src/source/implication.ts'

const SIZE = 8
const target = fc.integer({ min: 0, max: SIZE + 1 })
const lists = fc.array(fc.uniqueArray(target, { maxLength: 4 }), { minLength: SIZE, maxLength: SIZE })

const graphOf = (edges: readonly (readonly number[])[]): Implications =>
  new Map(edges.map((implied, name) => [String(name), implied.map(String)]))

/** Everything that can be reached in one step or more. */
function reachable(graph: Implications, start: string): ReadonlySet<string> {
  const found = new Set<string>()
  const pending = [...(graph.get(start) ?? [])]
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue
    found.add(name)
    pending.push(...(graph.get(name) ?? []))
  }
  return found
}

describe('without cycles', () => {
  // Later names only, so that there is no way back.
  const acyclic = lists.map((edges) => graphOf(edges.map((implied, name) => implied.filter((other) => other > name))))

  test('the closure is all that can be reached', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const closure = closeImplications(graph)
        for (const name of graph.keys()) expect(closure.get(name)).toEqual(reachable(graph, name))
      }),
    )
  })

  test('no cycle is found', () => {
    fc.assert(fc.property(acyclic, (graph) => orderImplications(graph).cycles.length === 0))
  })
})

describe('with cycles', () => {
  test('one is found exactly where there is one, and each that is found is one', () => {
    fc.assert(
      fc.property(lists.map(graphOf), (graph) => {
        const { cycles } = orderImplications(graph)
        const isCyclic = [...graph.keys()].some((name) => reachable(graph, name).has(name))
        expect(cycles.length > 0).toBe(isCyclic)
        for (const cycle of cycles)
          for (const [index, name] of cycle.entries())
            expect(graph.get(name)).toContain(cycle[(index + 1) % cycle.length])
      }),
    )
  })

  test('a scope that implies itself is one', () => {
    expect(orderImplications(new Map([['a', ['a']]])).cycles).toEqual([['a']])
  })
})

test('a chain as long as a map is walked without recursion, and its closure cut short', () => {
  const chainOf = (length: number) => new Map(Array.from({ length }, (_, name) => [String(name), [String(name + 1)]]))
  expect(orderImplications(chainOf(50_000)).cycles).toEqual([])
  expect(closeImplications(chainOf(2000)).get('0')?.size).toBe(MOST_IMPLIED + 1)
})
