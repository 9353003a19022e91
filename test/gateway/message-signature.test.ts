/** Signature bases and dictionaries: RFC 9421 section 2, RFC 8941, and the examples of RFC 9421 appendix B.2 to the byte. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Component,
  derivedComponents,
  parseDictionary,
  serializeDictionary,
  signatureBase,
  signatureInput,
} from '../../src/gateway/message-signature.ts'
import { importStatementKey, type StatementAlgorithm } from '../../src/gateway/statement-key.ts'

const named = (...components: readonly (readonly [string, string])[]): readonly Component[] =>
  components.map(([name, value]) => ({ name, value }))

const baseOf = (components: readonly Component[], input = signatureInput(components, { created: 1, keyid: 'k' })) => {
  const base = signatureBase(components, input)
  return base.ok ? base.value : { fault: base.error }
}

const derivedOf = (method: string, url: string) =>
  Object.fromEntries(derivedComponents(method, url).map(({ name, value }) => [name, value]))

describe('the examples of RFC 9421', () => {
  const fields: Readonly<Record<string, string>> = {
    date: 'Tue, 20 Apr 2021 02:07:55 GMT',
    'content-type': 'application/json',
    'content-length': '18',
    ...derivedOf('POST', 'https://example.com/foo?param=Value&Pet=dog'),
  }
  const shared = 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=='

  test.each<[string, StatementAlgorithm, string, string, readonly string[], string, string]>([
    [
      'B.2.5',
      'hmac-sha256',
      'test-shared-secret',
      Buffer.from(shared, 'base64').toString('base64url'),
      ['date', '@authority', 'content-type'],
      '"date": Tue, 20 Apr 2021 02:07:55 GMT\n' +
        '"@authority": example.com\n' +
        '"content-type": application/json\n' +
        '"@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
      'pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=',
    ],
    [
      'B.2.6',
      'ed25519',
      'test-key-ed25519',
      JSON.stringify({
        kty: 'OKP',
        crv: 'Ed25519',
        kid: 'test-key-ed25519',
        d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU',
        x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
      }),
      ['date', '@method', '@path', '@authority', 'content-type', 'content-length'],
      '"date": Tue, 20 Apr 2021 02:07:55 GMT\n' +
        '"@method": POST\n' +
        '"@path": /foo\n' +
        '"@authority": example.com\n' +
        '"content-type": application/json\n' +
        '"content-length": 18\n' +
        '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")' +
        ';created=1618884473;keyid="test-key-ed25519"',
      'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==',
    ],
  ])('[SIG-2] [SIG-6] %s, %s', async (_, algorithm, keyid, secret, names, expected, signature) => {
    const components = names.map((name) => ({ name, value: fields[name] ?? '' }))
    const base = baseOf(components, signatureInput(components, { created: 1618884473, keyid }))
    expect(base).toBe(expected)
    const key = await importStatementKey(keyid, algorithm, secret)
    const signed = await key?.sign(new TextEncoder().encode(expected))
    expect(Buffer.from(signed ?? []).toString('base64')).toBe(signature)
  })
})

describe('the input', () => {
  test('[SIG-2] [SIG-3] parameters stand in one order, whatever order they are given in', () => {
    const components = named(['@method', 'GET'], ['x', ''])
    const parameters = { tag: 't', nonce: 'n', keyid: 'k', expires: 3, created: 2 }
    expect(signatureInput(components, parameters)).toBe(
      '("@method" "x");created=2;expires=3;keyid="k";nonce="n";tag="t"',
    )
  })

  test('[SIG-2] quotes and backslashes are escaped', () => {
    expect(signatureInput([], { created: 0, keyid: 'a"b\\c' })).toBe(String.raw`();created=0;keyid="a\"b\\c"`)
  })

  test.each(['\n', '\u007f', 'é', '\u0000'])('[SIG-2] a parameter with %j has no form', (text) => {
    for (const name of ['keyid', 'nonce', 'tag'])
      expect(() => signatureInput([], { created: 0, keyid: '', [name]: text })).toThrow(TypeError)
  })

  test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e15])('[SIG-2] %d is no time', (time) => {
    expect(() => signatureInput([], { created: time, keyid: 'k' })).toThrow(TypeError)
    expect(() => signatureInput([], { created: 1, expires: time, keyid: 'k' })).toThrow(TypeError)
  })
})

describe('the base', () => {
  test('[SIG-2] [SIG-5] values are trimmed, inner white space stays, an empty value is a value', () => {
    expect(baseOf(named(['a', ' \t one,  two \t'], ['b', ''], ['c', '\t']))).toBe(
      '"a": one,  two\n"b": \n"c": \n"@signature-params": ("a" "b" "c");created=1;keyid="k"',
    )
  })

  test('[SIG-2] [SIG-5] white space inside a value costs no more than letters', () => {
    // Work that grows with the square of this takes minutes, and a test has twenty seconds.
    const spaces = ' \t'.repeat(150_000)
    expect(baseOf(named(['a', `${spaces}1${spaces}2${spaces}`], ['b', spaces]))).toBe(
      `"a": 1${spaces}2\n"b": \n"@signature-params": ("a" "b");created=1;keyid="k"`,
    )
  })

  test.each<[string, readonly Component[], string]>([
    ['a component twice', named(['a', '1'], ['b', '2'], ['a', '1']), 'duplicate_component'],
    ['a derived one twice', named(['@path', '/'], ['@path', '/']), 'duplicate_component'],
    ['a line feed in a value', named(['a', '1\n"@method": GET']), 'component_value'],
    ['a carriage return in a value', named(['a', '1\r']), 'component_value'],
    ['a letter beyond ASCII in a value', named(['a', 'é']), 'component_value'],
    ['NUL in a value', named(['a', '\u0000']), 'component_value'],
    ['a name in upper case', named(['Date', '1']), 'component_name'],
    ['a name with a quote', named(['a"', '1']), 'component_name'],
    ['an empty name', named(['', '1']), 'component_name'],
    ['the last line as a component', named(['@signature-params', '1']), 'component_name'],
    ['a component of an answer', named(['@status', '200']), 'component_name'],
  ])('[SIG-2] %s is a fault', (_, components, fault) => {
    expect(baseOf(components)).toEqual({ fault })
  })

  test.each([
    '("b" "a");created=1;keyid="k"',
    '("a");created=1;keyid="k"',
    '("a" "b" "c");created=1;keyid="k"',
    '("a"  "b");created=1;keyid="k"',
    '("a" "b")',
    '("a" "b");created=1\n"x": 1',
  ])('[SIG-2] an input of another serialization is a fault: %j', (input) => {
    expect(baseOf(named(['a', '1'], ['b', '2']), input)).toEqual({ fault: 'other_components' })
  })

  test('[SIG-2] law: different components never have one base', () => {
    const component = fc.record({
      name: fc.constantFrom('a', 'b', '@path'),
      value: fc.string({ unit: fc.constantFrom('a', '"', ':', ' ', '\n', '\\', '@'), maxLength: 6 }),
    })
    const list = fc.array(component, { maxLength: 3 })
    const trimmed = (components: readonly Component[]) =>
      components.map(({ name, value }) => [name, value.replace(/^ +| +$/g, '')])
    fc.assert(
      fc.property(list, list, (one, other) => {
        const [first, second] = [baseOf(one), baseOf(other)]
        fc.pre(typeof first === 'string' && typeof second === 'string')
        expect(first === second).toBe(JSON.stringify(trimmed(one)) === JSON.stringify(trimmed(other)))
      }),
    )
  })
})

describe('derived components', () => {
  test.each<[string, string, string, string]>([
    ['https://API.Example.com/a', 'api.example.com', '/a', '?'],
    ['https://a:443/', 'a', '/', '?'],
    ['http://a:80/', 'a', '/', '?'],
    ['https://a:80/', 'a:80', '/', '?'],
    ['http://a:443/', 'a:443', '/', '?'],
    ['https://a:8443', 'a:8443', '/', '?'],
    ['https://[::1]:443', '[::1]', '/', '?'],
    ['https://a?', 'a', '/', '?'],
    ['https://a?q', 'a', '/', '?q'],
    ['https://a/%7Eb/%2F/c;d//?x=%7e&y=a+b?/', 'a', '/%7Eb/%2F/c;d//', '?x=%7e&y=a+b?/'],
    ['https://a/b/../c', 'a', '/b/../c', '?'],
  ])('[SIG-4] %s', (url, authority, path, query) => {
    expect(derivedOf('GET', url)).toEqual({
      '@method': 'GET',
      '@authority': authority,
      '@path': path,
      '@query': query,
    })
  })

  test('[SIG-4] the method is taken as it is', () => {
    expect(derivedOf('Get', 'https://a')['@method']).toBe('Get')
  })

  test('[SIG-4] law: the query is the one that the URL standard writes', () => {
    const letter = fc.oneof(fc.constantFrom(...`'"<>\`{}|\\^[]~%+&=?/ é`), fc.string({ unit: 'binary', minLength: 1 }))
    fc.assert(
      fc.property(fc.array(letter), (letters) => {
        const query = letters.join('').replace(/[#\t\n\r]/g, '')
        // The parser trims the end of its input; a letter there keeps it.
        const url = `https://a/?${query}.`
        expect(derivedOf('GET', url)['@query']).toBe(new URL(url).search)
      }),
    )
  })

  test.each(['/a', 'ftp://a/', 'https://', 'https://u@a/', 'https://a/#f', 'HTTPS://a/', 'https:///a'])(
    '[SIG-4] %s is refused',
    (url) => {
      expect(() => derivedComponents('GET', url)).toThrow(TypeError)
    },
  )
})

describe('dictionaries', () => {
  const inner = String.raw`("@method" "a;b";sf;key="x" tok/en 1 -1.5 ?1 :AA==:);created=1;keyid="a\"b, scopewall=(\\";flag;n=*t:o`

  test.each<[string, 'inner list' | 'byte sequence', readonly string[]]>([
    ['', 'inner list', []],
    ['a=()', 'inner list', ['a']],
    [`a=${inner},b=( "x"  "y" ) ,\t*c.d_e-f=();x`, 'inner list', ['a', 'b', '*c.d_e-f']],
    ['a=::', 'byte sequence', ['a']],
    ['a=:AA==:, b=:AB+/:;q=1', 'byte sequence', ['a', 'b']],
  ])('[SIG-7] %s', (text, kind, labels) => {
    expect([...(parseDictionary(text, kind)?.keys() ?? ['none'])]).toEqual(labels)
  })

  test('[SIG-7] members keep their text, and of two with one label the later counts', () => {
    const members = parseDictionary(`a=(), b=${inner}, a=("x")`, 'inner list')
    expect(serializeDictionary(members ?? new Map())).toBe(`a=("x"), b=${inner}`)
  })

  test.each<[string, 'inner list' | 'byte sequence']>([
    ['a', 'inner list'],
    ['A=()', 'inner list'],
    ['a=(),', 'inner list'],
    [',a=()', 'inner list'],
    ['a=(),,b=()', 'inner list'],
    ['a=() b=()', 'inner list'],
    ['a = ()', 'inner list'],
    ['a=(', 'inner list'],
    ['a=("x""y")', 'inner list'],
    ['a=("x)', 'inner list'],
    ['a=("\\x")', 'inner list'],
    ['a=("é")', 'inner list'],
    ['a=();', 'inner list'],
    ['a=();K=1', 'inner list'],
    ['a=(1.2345)', 'inner list'],
    ['a=:AA==:', 'inner list'],
    ['a=?1', 'inner list'],
    ['a=()', 'byte sequence'],
    ['a=:AA=', 'byte sequence'],
    ['a=:A-:', 'byte sequence'],
    ['a="AA=="', 'byte sequence'],
    [`a=:${'A'.repeat(9000)}:`, 'byte sequence'],
  ])('[SIG-7] %j is none', (text, kind) => {
    expect(parseDictionary(text, kind)).toBeUndefined()
  })

  test.each([
    `a=(${' '.repeat(8000)}`,
    `a=(${'"x" '.repeat(1900)}`,
    `a=(${'a;b;c '.repeat(1300)}`,
    `a=()${'; a=1'.repeat(1500)}!`,
  ])('[SIG-7] what is no dictionary is found out quickly', (text) => {
    const start = performance.now()
    expect(parseDictionary(text, 'inner list')).toBeUndefined()
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
