/** That nothing of the log can be changed without its hashes telling. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ChainLink, type Cursor, GENESIS } from '../../src/policy/revocation-log.ts'
import { linkHash, verifyChain } from '../../src/revocation/chain.ts'

function chainOf(count: number, floor: Cursor = GENESIS): readonly ChainLink[] {
  const links: ChainLink[] = []
  for (let previous = floor; links.length < count; previous = links.at(-1) ?? floor) {
    const seq = previous.seq + 1
    const text = JSON.stringify({ action: `what ${seq} does`, seq })
    const hash = createHash('sha256').update(`${previous.hash}\n${text}`).digest('base64url')
    links.push({ seq, text, previous: previous.hash, hash })
  }
  return links
}

describe('the chain', () => {
  test('is SHA-256 of the hash before, a line feed and the text', () => {
    expect(linkHash('', 'é')).toBe(createHash('sha256').update('\né').digest('base64url'))
  })

  test('leads to its last link, from the beginning or from where it was cut', () => {
    const links = chainOf(5)
    expect(verifyChain(links)).toEqual({ ok: true, value: { seq: 5, hash: links[4]?.hash } })
    expect(verifyChain(links.slice(3), { seq: 3, hash: links[2]?.hash ?? '' })).toMatchObject({ ok: true })
    expect(verifyChain([])).toEqual({ ok: true, value: GENESIS })
  })

  test('law: whatever is done to one link, the place is told', () => {
    const other = chainOf(9, { seq: 0, hash: 'another log' })
    const tampering: fc.Arbitrary<(links: ChainLink[], at: number) => void> = fc.constantFrom(
      (links, at) => links.splice(at, 1),
      (links, at) => links.splice(at, 0, links[at] as ChainLink),
      (links, at) => links.splice(at, 1, other[at] as ChainLink),
      (links, at) => links.splice(at, 1, { ...(links[at] as ChainLink), text: JSON.stringify({ seq: at + 1 }) }),
      (links, at) => links.splice(at, 1, { ...(links[at] as ChainLink), text: 'no JSON' }),
      (links, at) => links.splice(at, 1, { ...(links[at] as ChainLink), previous: '', hash: 'x' }),
      (links, at) => links.splice(at, 1, { ...(links[at] as ChainLink), seq: at + 2 }),
    )
    fc.assert(
      fc.property(tampering, fc.nat(7), (tamper, at) => {
        const links = [...chainOf(9)]
        tamper(links, at)
        const verdict = verifyChain(links)
        expect(verdict.ok).toBe(false)
        if (!verdict.ok) expect([at + 1, at + 2]).toContain(verdict.error.seq)
      }),
    )
  })

  test('a text that was hashed under the number of another is none', () => {
    const text = JSON.stringify({ seq: 7 })
    const link = { seq: 1, text, previous: '', hash: linkHash('', text) }
    expect(verifyChain([link])).toEqual({ ok: false, error: { seq: 1, why: 'text' } })
    expect(verifyChain([{ ...link, previous: 'x' }])).toEqual({ ok: false, error: { seq: 1, why: 'previous' } })
  })
})
