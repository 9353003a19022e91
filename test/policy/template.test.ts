/** Path templates: what an author may write, in which form it is kept, and when two of them are the same. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalPath } from '../../src/policy/target.ts'
import { parseTemplate, type Template } from '../../src/policy/template.ts'

function templateOf(text: string): Template {
  const template = parseTemplate(text)
  if (!template.ok) throw new Error(template.error)
  return template.value
}

const kindsOf = (text: string) => templateOf(text).segments.map(({ kind }) => kind)

test.each([
  ['/', ['literal']],
  ['/a', ['literal']],
  ['/a/', ['literal', 'literal']],
  ['/a/{b}', ['literal', 'parameter']],
  ['/{a}/b/{c}', ['parameter', 'literal', 'parameter']],
  ['/a/{b}/', ['literal', 'parameter', 'literal']],
  ['/{a+}', ['tail']],
  ['/a/{b}/{c+}', ['literal', 'parameter', 'tail']],
  ['/{__proto__}/{constructor+}', ['parameter', 'tail']],
])('%s has the segments %j', (text, kinds) => {
  expect(kindsOf(text)).toEqual(kinds)
  expect(templateOf(text).text).toBe(text)
})

test.each([
  ['/café', '/caf%C3%A9'],
  ['/caf%c3%a9', '/caf%C3%A9'],
  ['/a b', '/a%20b'],
  ['/😀/{a}', '/%F0%9F%98%80/{a}'],
  ['/a@b:c', '/a@b:c'],
])('the literals of %s are kept as %s', (text, canonical) => {
  expect(templateOf(text).text).toBe(canonical)
})

describe('a template that could never match, or not as it reads, is refused', () => {
  test.each([
    '',
    'a',
    'a/b',
    '{a}',
    '//',
    '//a',
    '/a//b',
    '/a//',
    '/{a+}/b',
    '/{a+}/',
    '/{a}/{a}',
    '/{a}/{a+}',
    '/{}',
    '/{+}',
    '/{ a }',
    '/{a.b}',
    '/{1a}',
    '/{a++}',
    '/{é}',
    '/{a}{b}',
    '/{a',
    '/a}',
    '/x{a}',
    '/{a}.json',
    '/{a}:cancel',
    '/a?b',
    '/a#b',
    '/.',
    '/..',
    '/a/../b',
    '/...',
    '/a.',
    '/a%20',
    '/a ',
    '/a%2Fb',
    '/a%5Cb',
    '/a%25',
    '/a;b',
    '/%61',
    '/%',
    '/%zz',
    '/%C3',
    '/%00',
    '/a\0',
    '/a\n',
    '/e\u0301',
    '/\uFF45',
    '/a\u200B',
    '/\uD83D',
    '/{\uD83D}',
    '/a\\b',
    '/"',
    '/<a>',
    '/[a]',
    '/a|b',
  ])('%j', (text) => {
    const template = parseTemplate(text)
    expect(template.ok).toBe(false)
    expect(template.ok ? '' : template.error).toMatch(/^[^A-Z].*[^.]$/su)
  })
})

test('`*` is an ordinary character and no wildcard', () => {
  expect(templateOf('/a/*').segments.at(-1)).toEqual({ kind: 'literal', text: '*' })
})

test.each([
  ['/a/{b}', '/a/{c}', true],
  ['/a/{b+}', '/a/{c+}', true],
  ['/café', '/caf%c3%a9', true],
  ['/a/{b}', '/a/{b+}', false],
  ['/a', '/a/', false],
  ['/a', '/A', false],
  ['/a/{b}', '/a/{b}/', false],
  ['/{a}/b', '/a/{b}', false],
])('whether %s and %s have the same shape: %s', (a, b, same) => {
  expect(templateOf(a).shape === templateOf(b).shape).toBe(same)
})

const part = fc.oneof(
  fc.stringMatching(/^[a-z.]{0,4}$/),
  fc.stringMatching(/^\{[a-c]\+?\}$/),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
  fc.constantFrom('%C3%A9', '%2F', '{', '}', '..', ';'),
)
const templateText = fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`)

test('a checked template reads back as itself', () => {
  fc.assert(
    fc.property(templateText, (text) => {
      const template = parseTemplate(text)
      fc.pre(template.ok)
      if (template.ok) expect(templateOf(template.value.text)).toEqual(template.value)
    }),
    { numRuns: 1000 },
  )
})

test('the literals of a checked template are a canonical path: each can be matched', () => {
  fc.assert(
    fc.property(templateText, (text) => {
      const template = parseTemplate(text)
      fc.pre(template.ok)
      const segments = template.ok ? template.value.segments : []
      const path = `/${segments.map((segment) => (segment.kind === 'literal' ? segment.text : 'x')).join('/')}`
      expect(canonicalPath(path)).toEqual({ ok: true, value: path })
    }),
    { numRuns: 1000 },
  )
})

test('any text at all is a template or has a reason why not', () => {
  const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes))
  fc.assert(
    fc.property(anyText, (text) => {
      for (const each of [text, `/${text}`, `/{${text}}`]) expect(typeof parseTemplate(each).ok).toBe('boolean')
    }),
    { numRuns: 1000 },
  )
})

test.each(['/a\n::warning::b', '/{a\u001b[2J}', '/x{a\n}', '/{a\n+}/b', '/\u2028'])(
  'what is wrong with a template is said on one line, without characters that a terminal or a log acts upon: %j',
  (text) => {
    const template = parseTemplate(text)
    expect(template.ok ? '' : template.error).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]+$/u)
  },
)
