/** What a path is, and what is refused because two parsers could read it in two ways. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Allowance, canonicalPath, STRICT, splitUrl, type TargetFault } from '../../src/policy/target.ts'

const faultOf = (path: string, allowance?: Allowance): TargetFault | undefined => {
  const result = canonicalPath(path, allowance)
  return result.ok ? undefined : result.error
}
const urlFaultOf = (url: string): TargetFault | undefined => {
  const result = splitUrl(url)
  return result.ok ? undefined : result.error
}

describe('splitting a URL', () => {
  test.each([
    ['https://api.example.com/v1/a?b=c', 'api.example.com', '/v1/a', '?b=c'],
    ['http://API.Example.COM/v1', 'api.example.com', '/v1', ''],
    ['https://api.example.com:8443/v1', 'api.example.com', '/v1', ''],
    ['https://api.example.com:65535/', 'api.example.com', '/', ''],
    ['https://[2001:DB8::1]:8443/v1', '[2001:db8::1]', '/v1', ''],
    ['https://127.0.0.1/v1', '127.0.0.1', '/v1', ''],
    ['https://api.example.com', 'api.example.com', '/', ''],
    ['https://api.example.com?a=/b', 'api.example.com', '/', '?a=/b'],
    ['https://api.example.com/?', 'api.example.com', '/', '?'],
    ['https://api.example.com/a?b?c/d', 'api.example.com', '/a', '?b?c/d'],
    ['https://api.example.com/a/../b%2F;c//', 'api.example.com', '/a/../b%2F;c//', ''],
    ['https://api.example.com/a?x=%2e%2e/%zz+[]', 'api.example.com', '/a', '?x=%2e%2e/%zz+[]'],
  ])('%s falls into host, path and query as they stand', (url, host, path, query) => {
    expect(splitUrl(url)).toEqual({ ok: true, value: { host, path, query } })
  })

  test.each<[string, TargetFault]>([
    ['', 'not_a_url'],
    ['/v1/a', 'not_a_url'],
    ['//api.example.com/v1', 'not_a_url'],
    ['ftp://api.example.com/', 'not_a_url'],
    ['file:///etc/passwd', 'not_a_url'],
    ['https:/api.example.com/', 'not_a_url'],
    ['https:///v1', 'not_a_url'],
    ['https://?a=b', 'not_a_url'],
    ['https://api.example.com:99999/', 'not_a_url'],
    ['https://api.example.com:65536/', 'not_a_url'],
    ['https://api.example.com:123456/', 'not_a_url'],
    ['https://api.example.com:/', 'not_a_url'],
    ['https://api.example.com:80:80/', 'not_a_url'],
    ['https://api.example.com:8o/', 'not_a_url'],
    ['https://api.example.com:-1/', 'not_a_url'],
    ['https://[::1/', 'not_a_url'],
    ['https://::1/', 'not_a_url'],
    ['https://[::1%25eth0]/', 'not_a_url'],
    ['https://api.example.com\\@evil.example/', 'userinfo'],
    ['https://api.example.com\\evil.example/', 'not_a_url'],
    ['https://api example.com/', 'not_a_url'],
    ['https://api.example.com%00/', 'not_a_url'],
    ['https://api%2eexample.com/', 'not_a_url'],
    ['https://münchen.example/', 'not_a_url'],
    ['https://user@api.example.com/', 'userinfo'],
    ['https://user:secret@api.example.com/', 'userinfo'],
    ['https://@api.example.com/', 'userinfo'],
    ['https://api.example.com/#a', 'fragment'],
    ['https://api.example.com#a', 'fragment'],
    ['https://api.example.com/a?b#c', 'fragment'],
    ['https://api.example.com/?a b', 'control_character'],
    ['https://api.example.com/?a\tb', 'control_character'],
    ['https://api.example.com/?a\r\nb', 'control_character'],
    ['https://api.example.com/?a\0b', 'control_character'],
    ['https://api.example.com/?a\x7f', 'control_character'],
  ])('%j is refused', (url, fault) => {
    expect(urlFaultOf(url)).toBe(fault)
  })

  test('a letter that only folds into ASCII is no part of a host name', () => {
    expect(urlFaultOf('https://api.boo\u212A.example/')).toBe('not_a_url')
  })

  test.each([
    '_method=DELETE',
    'a=1&_method=DELETE',
    'a=1;_method=DELETE',
    '_METHOD=DELETE',
    '_method',
    '_method=',
    '%5Fmethod=DELETE',
    '%5f%6d%65%74%68%6f%64=DELETE',
    '_metho%64=DELETE',
    '.method=DELETE',
    '%2Emethod=DELETE',
    '+_method=DELETE',
    '%20_method=DELETE',
    '%20%20.method=DELETE',
    '_method[]=DELETE',
    ']_method=DELETE',
    '?_method=DELETE',
    '%u005Fmethod=DELETE',
    'x[http_method=DELETE',
    '_method%5B%5D=DELETE',
    '_method[a]=DELETE',
    '[_method]=DELETE',
    '%5B_method%5D=DELETE',
    '[_method=DELETE',
    '%09_method=DELETE',
    // C strings end at NUL: PHP takes `_method%00x` for `_method`.
    '_method%00=DELETE',
    '_method%00x=DELETE',
    // Octets that are no UTF-8 must not hide the name from us: a server decodes each octet by itself.
    '_method[%FF]=DELETE',
    'X-HTTP-Method-Override=DELETE',
    'a=1&x-http-method=DELETE',
    'X_Method%2DOverride=DELETE',
    '%5Fmethod[%FF]=DELETE',
    '%5Fmethod%00%FF=DELETE',
  ])('the query %s could be taken for another method', (query) => {
    expect(urlFaultOf(`https://api.example.com/v1?${query}`)).toBe('method_parameter')
  })

  test.each(['method=DELETE', 'payment_method=card', 'a=_method', 'my_method=1', '_methods=1', 'a=%5Fmethod', '_m=1'])(
    'the query %s is an ordinary one',
    (query) => {
      expect(urlFaultOf(`https://api.example.com/v1?${query}`)).toBeUndefined()
    },
  )
})

describe('the canonical path', () => {
  test.each([
    ['/', '/'],
    ['/v1/invoices', '/v1/invoices'],
    ['/v1/invoices/', '/v1/invoices/'],
    ['/a-b_c.d~e', '/a-b_c.d~e'],
    ["/!$&'()*+,=:@", "/!$&'()*+,=:@"],
    ['/.hidden', '/.hidden'],
    ['/a..b', '/a..b'],
    ['/..a', '/..a'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/%F0%9F%98%80', '/%F0%9F%98%80'],
    ['/a%20b', '/a%20b'],
    ['/%20a', '/%20a'],
    ['/%5b1%5d', '/%5B1%5D'],
    ['/user%40example.com', '/user%40example.com'],
    ['/%C3%A9/', '/%C3%A9/'],
  ])('%s has the canonical form %s', (path, canonical) => {
    expect(canonicalPath(path)).toEqual({ ok: true, value: canonical })
  })

  const refused: Readonly<Record<string, readonly [TargetFault, ...string[]]>> = {
    'encoded unreserved characters': [
      'encoded_unreserved',
      ...['/%61dmin', '/%41', '/%7a', '/%30', '/%39', '/a%2Db', '/a%5Fb', '/a%7Eb', '/a%7eb', '/a%2Eb', '/%2e', '/%2E%2e', '/.%2e/a'],
    ],
    'an encoded slash': ['encoded_reserved', '/a%2Fb', '/a%2fb', '/%2F', '/a/%2F/b', '/..%2fa'],
    'an encoded backslash': ['encoded_reserved', '/a%5Cb', '/a%5cb', '/..%5c'],
    'an encoded percent sign': ['encoded_reserved', '/a%25', '/%252e%252e', '/%252F', '/%25%32%65', '/100%25'],
    'an encoded semicolon': ['encoded_reserved', '/a%3Bb', '/a%3b'],
    'an encoded question mark': ['encoded_reserved', '/a%3Fb=c', '/a%3f'],
    'an encoded number sign': ['encoded_reserved', '/a%23b'],
    'control characters': [
      'control_character',
      ...['/a\0', '/a\tb', '/a\nb', '/a\rb', '/a b', '/a\x1f', '/a\x7f', '/%00', '/a%0a', '/a%0D%0Ab', '/%09', '/%1F', '/a%7F', '/%41\0'],
    ],
    'octets that are not UTF-8': [
      'not_utf8',
      ...['/%80', '/%C3', '/%C3a', '/%C0%AE', '/%E0%80%AF', '/%ED%A0%80', '/%F4%90%80%80', '/%F8%88%80%80%80', '/%FF', '/%E2%82'],
    ],
    'a raw semicolon': ['semicolon', '/a;b', '/;', '/..;/a', '/a;jsessionid=1', '/a;', '/%C3%A9;'],
    'an empty segment': ['empty_segment', '//', '//a', '/a//b', '/a//', '/%C3%A9//', '//%C3%A9'],
    'a segment of dots': ['dot_segment', '/.', '/..', '/...', '/./a', '/a/./b', '/a/../b', '/a/..', '/../a', '/a/.../', '/%C3%A9/..'],
    'a trailing dot or space': [
      'trailing_dot_or_space',
      ...['/a.', '/a./b', '/a../b', '/a%20', '/a%20/b', '/%20', '/a%20%20', '/%C3%A9.'],
    ],
    'text that is not NFKC': [
      'not_normalized',
      ...['/%EF%BD%85xport', '/e%CC%81', '/%E2%84%AA', '/%EF%AC%81', '/%C2%A0a', '/%C5%BF', '/%E2%80%A4', '/%EF%BC%8F', '/%E3%85%A4'],
    ],
    'invisible characters': [
      'invisible_character',
      // Zero width space and joiner, override, soft hyphen, byte-order mark, separators, variation selector, filler, tag, C1, private use, unassigned.
      ...['/a%E2%80%8Bb', '/a%E2%80%8D', '/%E2%80%AEa', '/a%C2%ADb', '/%EF%BB%BFa', '/a%E2%80%A8', '/a%E2%80%A9', '/a%EF%B8%8F'],
      ...['/a%E1%85%9F', '/a%F3%A0%80%81', '/a%C2%85', '/a%EE%80%80', '/a%CD%B8', '/a%EF%BF%BF'],
    ],
    'characters that a path cannot hold': [
      'not_a_path_character',
      ...['', 'a', '*', '?', '/a?b', '/a#b', '/a\\b', '/"', '/<a>', '/a[0]', '/a|b', '/a^b', '/a`b', '/{a}', '/é', '/\uD83D', '/%41\\', '/%C3%A9\\'],
    ],
    'percent signs without two hexadecimal digits': [
      'bad_percent_encoding',
      ...['/%', '/%a', '/%zz', '/%u0065', '/a%2', '/%2/F', '/%%32%65'],
    ],
  } // biome-ignore format: a table of paths reads better packed
  describe.each(Object.entries(refused))('%s', (_, [fault, ...paths]) => {
    test.each(paths)('%j is refused', (path) => {
      expect(faultOf(path)).toBe(fault)
    })
  })

  test('white space of any script at the end of a segment is refused, not only the ASCII space', () => {
    // U+1680 is the one white space character that is neither a control character nor changed by NFKC.
    expect(faultOf('/export%E1%9A%80')).toBe('trailing_dot_or_space')
    expect(faultOf('/export%E1%9A%80/a')).toBe('trailing_dot_or_space')
  })

  test('no single character makes a path out of one that is not its own canonical text', () => {
    for (let code = 0; code < 0x1_0000; code++) {
      const result = canonicalPath(`/a${String.fromCharCode(code)}b`)
      expect(result.ok, `U+${code.toString(16)}`).toBe(/[A-Za-z0-9._~!$&'()*+,=:@/-]/.test(String.fromCharCode(code)))
    }
  })

  test('every octet is canonical in at most one spelling, itself or percent-encoded, or in none', () => {
    for (let octet = 0; octet < 0x80; octet++) {
      const character = String.fromCharCode(octet)
      const isReserved = "!$&'()*+,=:@".includes(character)
      const encoded = canonicalPath(`/a%${octet.toString(16).padStart(2, '0')}b`)
      const raw = canonicalPath(`/a${character}b`)
      // RFC 3986 section 2.2: an encoded reserved character is another path than the raw one, and both are forwarded as they are.
      if (!isReserved) expect(encoded.ok && raw.ok, character).toBe(false)
    }
  })
})

describe('relaxing one rule for a host', () => {
  const slash: Allowance = { ...STRICT, encodedSlash: true }
  const percent: Allowance = { ...STRICT, encodedPercent: true }
  const semicolon: Allowance = { ...STRICT, semicolon: true }
  const all: Allowance = { encodedSlash: true, encodedPercent: true, semicolon: true }

  test.each<[string, string, Allowance]>([
    ['/a%2fb', '/a%2Fb', slash],
    ['/group%2Fsub%2Fproject/issues', '/group%2Fsub%2Fproject/issues', slash],
    ['/100%25', '/100%25', percent],
    ['/a%25b-%25zz', '/a%25b-%25zz', percent],
    ['/%25up-%25u00', '/%25up-%25u00', percent],
    ['/%25%C3%A9', '/%25%C3%A9', percent],
    ['/a;v=1/b;c', '/a;v=1/b;c', semicolon],
    ['/a;', '/a;', semicolon],
    ['/caf%c3%a9;x=%c3%a9', '/caf%C3%A9;x=%C3%A9', semicolon],
    ['/a%2Fb;c=%25', '/a%2Fb;c=%25', all],
  ])('%s is let in as %s where the host allows it, and only there', (path, canonical, allowance) => {
    expect(canonicalPath(path, allowance)).toEqual({ ok: true, value: canonical })
    expect(canonicalPath(path).ok).toBe(false)
  })

  test.each<[string, TargetFault]>([
    ['/%2Fa', 'empty_segment'],
    ['/a%2F', 'empty_segment'],
    ['/a%2F%2Fb', 'empty_segment'],
    ['/a/%2F', 'empty_segment'],
    ['/a%2F..', 'dot_segment'],
    ['/..%2Fa', 'dot_segment'],
    ['/a%2F.%2Fb', 'dot_segment'],
    ['/a%2F...', 'dot_segment'],
    ['/a.%2Fb', 'trailing_dot_or_space'],
    ['/a%20%2Fb', 'trailing_dot_or_space'],
    ['/a%2F%2e%2e', 'encoded_unreserved'],
    ['/a%5Cb', 'encoded_reserved'],
    ['/a%252Fb', 'encoded_reserved'],
    ['/a;b', 'semicolon'],
    ['/a//b', 'empty_segment'],
    ['/a%2F%E2%80%8B', 'invisible_character'],
  ])('an allowed encoded slash does not let %s in', (path, fault) => {
    expect(faultOf(path, slash)).toBe(fault)
  })

  test.each<[string, TargetFault]>([
    ['/%2541', 'encoded_reserved'],
    ['/%25u002e', 'encoded_reserved'],
    ['/%25U002E%25U002E', 'encoded_reserved'],
    ['/%252e%252e', 'encoded_reserved'],
    ['/%252F', 'encoded_reserved'],
    ['/%2500', 'encoded_reserved'],
    ['/%25c3%25a9', 'encoded_reserved'],
    ['/%25%34%31', 'encoded_unreserved'],
    ['/%2F', 'encoded_reserved'],
    ['/%3B', 'encoded_reserved'],
    ['/%25.', 'trailing_dot_or_space'],
    ['/%25%20', 'trailing_dot_or_space'],
    ['/%2', 'bad_percent_encoding'],
  ])('an allowed encoded percent sign does not let %s in', (path, fault) => {
    expect(faultOf(path, percent)).toBe(fault)
  })

  test.each<[string, TargetFault]>([
    ['/;', 'empty_segment'],
    ['/;a/b', 'empty_segment'],
    ['/a/;b', 'empty_segment'],
    ['/..;/b', 'dot_segment'],
    ['/.;a', 'dot_segment'],
    ['/...;a', 'dot_segment'],
    ['/a.;b', 'trailing_dot_or_space'],
    ['/a%20;b', 'trailing_dot_or_space'],
    ['/a;b.', 'trailing_dot_or_space'],
    ['/a;..', 'trailing_dot_or_space'],
    ['/a;b%20', 'trailing_dot_or_space'],
    ['/a%3Bb', 'encoded_reserved'],
    ['/a;%2e', 'encoded_unreserved'],
    ['/a;b%2Fc', 'encoded_reserved'],
    ['/a;b//', 'empty_segment'],
  ])('an allowed semicolon does not let %s in', (path, fault) => {
    expect(faultOf(path, semicolon)).toBe(fault)
  })

  test.each<[string, TargetFault]>([
    ['/a%2F..;b', 'dot_segment'],
    ['/a%2F;b', 'empty_segment'],
    ['/a;b%2F..', 'dot_segment'],
    ['/a%252F..', 'encoded_reserved'],
    ['/%255C', 'encoded_reserved'],
  ])('all relaxations together do not let %s in', (path, fault) => {
    expect(faultOf(path, all)).toBe(fault)
  })
})

/** Text made of what the rules are about, so that many samples are accepted and the others fail late. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(..."aZ09-_~!$&'()*+,=:@") },
  { weight: 2, arbitrary: fc.constantFrom('.', '/', ';', '%25', '%2F', '%2f', '%20', '%5b', '%22', '%40') },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }).map(encodeURIComponent) },
  { weight: 1, arbitrary: fc.constantFrom('%', '%2', '%C3', '\\', '#', ' ', 'é', '%2e', '%61') },
)
const pathText = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`)
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 })
  .map((codes) => String.fromCharCode(...codes))
const anyAllowance = fc.record({ encodedSlash: fc.boolean(), encodedPercent: fc.boolean(), semicolon: fc.boolean() })

const accepted = (path: string, allowance: Allowance): string => {
  const result = canonicalPath(path, allowance)
  fc.pre(result.ok)
  return result.ok ? result.value : ''
}

describe('laws', () => {
  test('canonicalising twice is canonicalising once', () => {
    fc.assert(
      fc.property(pathText, anyAllowance, (path, allowance) => {
        const canonical = accepted(path, allowance)
        expect(canonicalPath(canonical, allowance)).toEqual({ ok: true, value: canonical })
      }),
      { numRuns: 2000 },
    )
  })

  test('the path that is matched is the path that `fetch` sends', () => {
    fc.assert(
      fc.property(pathText, anyAllowance, (path, allowance) => {
        const canonical = accepted(path, allowance)
        expect(new URL(`http://h${canonical}`).pathname).toBe(canonical)
        expect(new URL(new Request(`https://h${canonical}?q`).url).pathname).toBe(canonical)
      }),
      { numRuns: 2000 },
    )
  })

  test('an accepted path holds nothing but path characters and upper-case percent-encoding', () => {
    fc.assert(
      fc.property(pathText, anyAllowance, (path, allowance) => {
        expect(accepted(path, allowance)).toMatch(/^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})*$/)
      }),
      { numRuns: 2000 },
    )
  })

  test('no segment of an accepted path is empty or of dots, also after decoding and after cutting parameters off', () => {
    fc.assert(
      fc.property(pathText, anyAllowance, (path, allowance) => {
        const pieces = decodeURIComponent(accepted(path, allowance)).slice(1).split('/')
        if (pieces.at(-1) === '') pieces.pop()
        for (const text of pieces.flatMap((segment) => [segment, segment.split(';', 1)[0]]))
          expect(text).not.toMatch(/^[. ]*$/)
      }),
      { numRuns: 2000 },
    )
  })

  test('decoding an accepted path a second time changes nothing', () => {
    fc.assert(
      fc.property(pathText, anyAllowance, (path, allowance) => {
        expect(decodeURIComponent(accepted(path, allowance))).not.toMatch(/%[0-9A-Fa-f]{2}/)
      }),
      { numRuns: 2000 },
    )
  })

  test('strictness accepts nothing that a relaxation refuses', () => {
    fc.assert(
      fc.property(pathText, anyAllowance, (path, allowance) => {
        expect(canonicalPath(accepted(path, STRICT), allowance).ok).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('any text at all has an answer, as a path and as a URL', () => {
    fc.assert(
      fc.property(anyText, anyAllowance, (text, allowance) => {
        for (const path of [text, `/${text}`, `/%C3%A9${text}`])
          expect(typeof canonicalPath(path, allowance).ok).toBe('boolean')
        for (const url of [
          text,
          `https://${text}`,
          `https://h/${text}`,
          `https://h/?${text}`,
          `https://h/?_method%${text}`,
        ])
          expect(typeof splitUrl(url).ok).toBe('boolean')
      }),
      { numRuns: 3000 },
    )
  })

  test('what is split off a URL puts the URL together again', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (url) => {
        const parts = splitUrl(url)
        fc.pre(parts.ok)
        if (!parts.ok) return
        const { host, path, query } = parts.value
        expect(new URL(url).hostname).toBe(host)
        expect(url.endsWith(path + query) || path === '/').toBe(true)
      }),
    )
  })
})
