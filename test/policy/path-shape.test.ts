/** The shape of a path that no rule covers: an API's words, and nothing that could name anybody. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MOST_SHAPE_SEGMENTS, shapeOf } from '../../src/policy/path-shape.ts'

const NO_WORDS: ReadonlySet<string> = new Set()

test.each([
  ['/v1/shipments', '/v1/shipments'],
  ['/v1/shipments/42/labels', '/v1/shipments/{}/labels'],
  ['/shipments/bulk-import', '/shipments/{}'],
  ['/users/alice', '/users/{}'],
  ['/users/alice/orders', '/users/{}/orders'],
  ['/v2.1/paymentMethods', '/v2.1/paymentMethods'],
  ['/line_items/export', '/line_items/export'],
  ['/reports/2026-11.pdf', '/reports/{}'],
  ['/orders/', '/orders/'],
  ['/', '/'],
  ['/a%20b/c', '/{}/{}'],
  ['/Alice', '/{}'],
  ['/me/deadbeef', '/me/{}'],
  ['/cafebabe', '/{}'],
  ['/xkcdqwrtz', '/{}'],
])('%s is recorded as %s', (path, shape) => {
  expect(shapeOf(path, NO_WORDS)).toBe(shape)
})

test("the map's own words stay wherever they are", () => {
  expect(shapeOf('/users/alice/X9', new Set(['alice', 'X9']))).toBe('/users/alice/X9')
})

test('what is deeper than anybody needs to know is one tail', () => {
  expect(shapeOf(`/v1${'/1'.repeat(20)}`, NO_WORDS)).toBe(`/v1${'/{}'.repeat(MOST_SHAPE_SEGMENTS - 1)}/{+}`)
})

describe('what names somebody never stays', () => {
  const email = fc.emailAddress()
  const id = fc.oneof(
    fc.uuid(),
    fc.nat().map(String),
    fc.stringMatching(/^[A-Za-z0-9_-]{16,200}$/).filter((text) => /[A-Z0-9]/.test(text.slice(1))),
    fc.stringMatching(/^[0-9a-f]{6,64}$/),
    fc.base64String({ minLength: 8 }),
    fc.stringMatching(/^eyJ[A-Za-z0-9_-]{8,40}\.[A-Za-z0-9_-]{8,40}\.[A-Za-z0-9_-]{8,40}$/),
    email,
    fc.stringMatching(/^\+?\d{6,15}$/),
  )
  // Three humps at most are a word; a random mixture of cases is none, save by chance: `aBcdEf`.
  const isWordByChance = (text: string) => /^[a-z]{2,16}(?:[-_]?[A-Z]?[a-z]{2,16}){0,2}$/.test(text)

  test('identifiers, addresses, numbers and tokens, wherever they stand', () => {
    fc.assert(
      fc.property(id, fc.constantFrom('/', '/v1/', '/users/', '/a/b/c/'), (text, before) => {
        const shape = shapeOf(`${before}${text}`, NO_WORDS)
        // An id in base64 has slashes, and what is between them may be a word by chance, too.
        const segments = text
          .split('/')
          .filter((each) => each.length > 3 && (!isWordByChance(each) || /^[0-9a-f]+$/.test(each)))
        for (const segment of segments) expect(shape.split('/')).not.toContain(segment)
      }),
      { numRuns: 500 },
    )
  })

  test('names of people behind the word for them', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{2,16}$/), (name) => {
        const shape = shapeOf(`/customers/${name}`, NO_WORDS)
        // Words that APIs say behind such a word are a closed list.
        if (shape !== '/customers/{}') expect(shapeOf(`/anything/${name}`, NO_WORDS)).toBe(`/anything/${name}`)
      }),
    )
  })

  test('a shape is bounded, and is one of its own', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'e', '/', '-', 's', 'B', '1'), maxLength: 60 }), {
          maxLength: 12,
        }),
        (parts) => {
          const shape = shapeOf(`/${parts.join('/')}`, NO_WORDS)
          expect(shape.split('/').length - 1).toBeLessThanOrEqual(MOST_SHAPE_SEGMENTS + 1)
          expect(shape.length).toBeLessThanOrEqual((MOST_SHAPE_SEGMENTS + 1) * 33)
        },
      ),
    )
  })
})
