/** Which environment is ahead, by what each has had. */
import { expect, test } from 'vitest'
import { readHistory } from '../../src/release/history.ts'
import { type Lineage, type Relation, readLineage, relate } from '../../src/release/lineage.ts'
import { publishRelease, rollbackRelease } from '../../src/release/publish.ts'
import { historyKey } from '../../src/release/store.ts'
import { releaseWith } from '../support/documents.ts'
import { memoryStore } from '../support/memory-store.ts'

test.each<[string, Lineage, Lineage, Relation]>([
  ['the same release', ['a', 'b'], ['b'], { kind: 'same' }],
  ['one release on', ['a', 'b'], ['a'], { kind: 'ahead', releases: 1 }],
  ['several on', ['a', 'b', 'c'], ['x', 'a'], { kind: 'ahead', releases: 2 }],
  ['the other way round', ['a'], ['a', 'b', 'c'], { kind: 'behind', releases: 2 }],
  ['since it was live last', ['a', 'b', 'a', 'c'], ['a'], { kind: 'ahead', releases: 1 }],
  ['nothing in common', ['a'], ['b'], { kind: 'apart' }],
  ['a common past is no lead', ['a', 'b'], ['a', 'c'], { kind: 'apart' }],
  ['each had what the other has', ['a', 'b'], ['b', 'a'], { kind: 'apart' }],
])('%s', (_, first, second, relation) => {
  expect(relate(first, second)).toEqual(relation)
})

test('a lineage is what was live, in order, up to what is live; repetitions, damage and the unfinished are left out', async () => {
  const entries = new Map<string, string>()
  const store = memoryStore(entries)
  const [a, b] = await Promise.all([releaseWith('/a'), releaseWith('/b')])
  const author = { store, by: 'me', now: '2026-11-28T12:00:00.000Z' }
  await publishRelease({ ...author, text: a.text })
  await publishRelease({ ...author, text: b.text })
  await rollbackRelease(author)
  const { live: pointer } = await readHistory(store)
  if (pointer === undefined) throw new Error('nothing is live')
  expect(await readLineage(store, pointer)).toEqual([a.digest, b.digest, a.digest])
  entries.set(historyKey(2), '{')
  entries.set(
    historyKey(4),
    (entries.get(historyKey(3)) ?? '').replace(a.digest, b.digest).replace('"serial":3', '"serial":4'),
  )
  expect(await readLineage(store, pointer)).toEqual([a.digest])
})
