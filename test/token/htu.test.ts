/** URIs in the form in which proofs and requests are compared. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalizeTargetUri } from '../../src/token/htu.ts'

describe('[DPP-13] the compared form', () => {
  test.each([
    // The four of the standard's digest.
    ['HTTPS://API.Example.com:443/a/../b?x=1#f', 'https://api.example.com/b'],
    ['https://api.example.com', 'https://api.example.com/'],
    ['https://api.example.com/%7euser', 'https://api.example.com/~user'],
    ['https://api.example.com/a%2fb', 'https://api.example.com/a%2Fb'],

    ['http://api.example.com:80/', 'http://api.example.com/'],
    ['https://api.example.com:/', 'https://api.example.com/'],
    ['https://api.example.com:0443/', 'https://api.example.com/'],
    ['https://api.example.com:80/', 'https://api.example.com:80/'],
    ['http://api.example.com:443/', 'http://api.example.com:443/'],
    ['http://[::1]:8787/a', 'http://[::1]:8787/a'],
    ['https://api.example.com?x', 'https://api.example.com/'],
    ['https://api.example.com#x', 'https://api.example.com/'],
    ['https://api.example.com/a?b#c?d', 'https://api.example.com/a'],
    ['https://api.example.com/a?b=c\\d&e=100%', 'https://api.example.com/a'],
    ['https://api.example.com/?u=me@x', 'https://api.example.com/'],
    ['https://api.example.com/me@x', 'https://api.example.com/me@x'],

    ['https://api.example.com/./a/./b/.', 'https://api.example.com/a/b/'],
    ['https://api.example.com/a/b/..', 'https://api.example.com/a/'],
    ['https://api.example.com/../../a', 'https://api.example.com/a'],
    ['https://api.example.com/a/%2e%2E/b', 'https://api.example.com/b'],
    ['https://api.example.com/a/.%2e/b', 'https://api.example.com/b'],
    ['https://api.example.com/a/%2e/b', 'https://api.example.com/a/b'],
    ['https://api.example.com/a%2ejson', 'https://api.example.com/a.json'],
    ['https://api.example.com/...', 'https://api.example.com/...'],

    ['https://api.example.com/%41%7a%30%2d%5f', 'https://api.example.com/Az0-_'],
    ['https://api.example.com/%c3%a4', 'https://api.example.com/%C3%A4'],
    ['https://api.example.com/\u00e4', 'https://api.example.com/%C3%A4'],
    ['https://api.example.com/%2525%252e', 'https://api.example.com/%2525%252e'],
    ['https://api.example.com/%00%0a%20', 'https://api.example.com/%00%0A%20'],
    ['https://api.example.com/a;b=c:d', 'https://api.example.com/a;b=c:d'],
  ])('of %j is %j', (uri, expected) => {
    expect(normalizeTargetUri(uri)).toBe(expected)
  })

  test.each([...":/?#[]@!$&'()*+,;=%"])('keeps %j encoded: decoded, it would mean something else', (character) => {
    const triplet = `%${character.charCodeAt(0).toString(16)}`
    expect(normalizeTargetUri(`https://a.example/x${triplet}y`)).toBe(`https://a.example/x${triplet.toUpperCase()}y`)
  })

  test.each([
    ['https://a.example/b', 'https://a.example/b/'],
    ['https://a.example/b', 'https://a.example//b'],
    ['https://a.example/b', 'https://a.example/B'],
    ['https://a.example/b/c', 'https://a.example/b%2Fc'],
    ['https://a.example/b', 'http://a.example/b'],
    ['https://a.example/b', 'https://a.example.:443/b'],
    ['https://a.example/b', 'https://a.example:8443/b'],
    ['https://a.example/b', 'https://b.a.example/b'],
  ])('%j is not %j', (one, other) => {
    expect(normalizeTargetUri(one)).toBeDefined()
    expect(normalizeTargetUri(other)).toBeDefined()
    expect(normalizeTargetUri(one)).not.toBe(normalizeTargetUri(other))
  })
})

describe('[DPP-13] there is none', () => {
  test.each([
    '',
    '/',
    '/a',
    '//a.example/b',
    'a.example/b',
    'https:',
    'https://',
    'https:///a.example',
    'https:a.example',
    'https:/a.example/b',
    'https://?x',
    'https://#x',
    'ftp://a.example/',
    'wss://a.example/',
    'file:///a',
    'javascript:https://a.example/',
    'https://user@a.example/',
    'https://user:secret@a.example/',
    'https://@a.example/',
    'https://a.example@b.example/',
    'https:\\\\a.example\\b',
    'https://a.example\\b',
    'https://a.example/b\\c',
    'https://a.example\\@b.example/',
    ' https://a.example/',
    'https://a.example/ ',
    'https://a.example/a b',
    'https://a.example/a\tb',
    'https://a.exa\nmple/',
    'ht\ntps://a.example/',
    'https://a.example/\u0000',
    'https://a.example/\u007f',
    'https://a.example/\u0085',
    'https://a.example/\u00a0',
    'https://a.example/\u2028',
    '\ufeffhttps://a.example/',
    'https://a.example/\ud800',
    'https://a.example/%',
    'https://a.example/%4',
    'https://a.example/%zz',
    'https://a.example/%%361',
    'https://a.example:99999/',
    'https://a.example:port/',
    'https://a%40b.example/',
    'https://a%2fb.example/',
    'https://[::1/',
    'https://a<b/',
  ])('of %j', (uri) => {
    expect(normalizeTargetUri(uri)).toBeUndefined()
  })
})

const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    '.',
    '..',
    '%2e',
    '%2E',
    '%2f',
    '%5C',
    '%',
    '%25',
    '%7e',
    '%c3%a4',
    '@',
    ':',
    '\\',
    '?',
    '#',
    ';',
    ' ',
  ),
  fc.string({ maxLength: 4 }),
  fc.string({ unit: 'binary', maxLength: 3 }),
)
const uris = fc
  .tuple(
    fc.constantFrom('https://', 'HTTP://', 'https:', ''),
    fc.constantFrom('a.example', 'A.EXAMPLE:443', '[::1]', ''),
    fc.array(piece),
  )
  .map(([scheme, host, path]) => `${scheme}${host}${path.join('')}`)

test('[DPP-13] law: no text makes it throw, and a form is its own form', () => {
  fc.assert(
    fc.property(uris, (uri) => {
      const once = normalizeTargetUri(uri)
      if (once === undefined) return
      expect(normalizeTargetUri(once)).toBe(once)
      expect(once).toMatch(/^https?:\/\/[^/?#@\\]+\/[^?#\\]*$/)
      expect(once.replace(/^https?:\/\/[^/]*/, '')).not.toMatch(/\/\.{1,2}(?:\/|$)/)
    }),
    { numRuns: 3000 },
  )
})

test('[DPP-13] law: how a path is spelled does not matter, what it says does', () => {
  const segments = fc.array(fc.constantFrom('a', 'B', '~', 'x.y', 'a%2Fb', ''), { minLength: 1, maxLength: 5 })
  const spell = (path: string) => path.replace(/[a~.]/g, (each) => `%${each.charCodeAt(0).toString(16)}`)
  fc.assert(
    fc.property(segments, segments, (one, other) => {
      const [first, second] = [one.join('/'), other.join('/')]
      const form = normalizeTargetUri(`https://a.example/${first}`)
      expect(normalizeTargetUri(`https://A.example:443/${spell(first).replaceAll('%2F', '%2f')}?q`)).toBe(form)
      expect(normalizeTargetUri(`https://a.example/${second}`) === form).toBe(first === second)
    }),
  )
})
