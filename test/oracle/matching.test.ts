/** Sections 2 to 4 of docs/semantics.md by example: which rule covers a request. See `judgement.test.ts`. */
import { describe, expect, test } from 'vitest'
import { asking, HOST, JUDGES, map, NONE } from './example.ts'

describe.each(JUDGES)('%s', (_, judge) => {
  const ruleAt = (paths: readonly string[], path: string, host = HOST): unknown => {
    const document = map(paths.map((each) => (each.startsWith('/') ? { path: each } : split(each))))
    const { match } = judge(document, asking(path, NONE, { host }))
    return 'id' in match ? String(match.id).replace('GET ', '').replace(HOST, '') : (match as { kind: string }).kind
  }
  const split = (text: string) => ({ host: text.slice(0, text.indexOf('/')), path: text.slice(text.indexOf('/')) })

  const HOSTS = ['*.example.com/x', '*.b.example.com/x', 'api.example.com/y']
  test.each([
    ['2.1 a wildcard stands for one label', HOSTS, 'c.example.com', '/x', '*.example.com/x'],
    ['2.1 and for several', HOSTS, 'd.c.example.com', '/x', '*.example.com/x'],
    ['2.1 but not for none', HOSTS, 'example.com', '/x', 'unmapped'],
    ['2.1 and not for part of a label', HOSTS, 'myexample.com', '/x', 'unmapped'],
    ['2.3 the longest wildcard decides', HOSTS, 'a.b.example.com', '/x', '*.b.example.com/x'],
    [
      '2.3 the base of the longer wildcard is one label of the shorter',
      HOSTS,
      'b.example.com',
      '/x',
      '*.example.com/x',
    ],
    ['2.3 the exact host decides alone', HOSTS, HOST, '/x', 'unmapped'],
    ['3.1 a trailing slash is a segment', ['/a'], HOST, '/a/', 'unmapped'],
    ['3.1 also in a template', ['/a/'], HOST, '/a/', '/a/'],
    ['3.2 a parameter is never empty', ['/a/{x}'], HOST, '/a/', 'unmapped'],
    ['3.2 a parameter is one segment', ['/a/{x}'], HOST, '/a/b/c', 'unmapped'],
    ['3.2 a tail is at least one segment', ['/a/{x+}'], HOST, '/a', 'unmapped'],
    ['3.2 whose first is not empty', ['/a/{x+}'], HOST, '/a/', 'unmapped'],
    ['3.2 a tail takes what follows, an empty end too', ['/a/{x+}'], HOST, '/a/b/c/', '/a/{x+}'],
    ['3.3 a literal ranks above a parameter', ['/a/{x}', '/a/b'], HOST, '/a/b', '/a/b'],
    ['3.3 a parameter above a tail', ['/a/{x+}', '/a/{x}'], HOST, '/a/c', '/a/{x}'],
    ['3.3 the first difference counts', ['/{x}/b/c', '/a/{y+}'], HOST, '/a/b/c', '/a/{y+}'],
    ['3.4 a stronger template that does not match decides nothing', ['/a/b/c', '/a/{x+}'], HOST, '/a/b/d', '/a/{x+}'],
    ['3.6 another case', ['/a/export', '/a/{x}'], HOST, '/a/Export', 'ambiguous'],
    ['3.6 a suffix', ['/a/export', '/a/{x}'], HOST, '/a/export.json', 'ambiguous'],
    ['3.6 two suffixes', ['/a/export', '/a/{x}'], HOST, '/a/export.tar.gz', 'ambiguous'],
    ['3.6 a suffix of any length and of any characters', ['/a/export', '/a/{x}'], HOST, '/a/export.a-B@c', 'ambiguous'],
    ['3.5 white space around it', ['/a/export', '/a/{x}'], HOST, '/a/%20export', 'ambiguous'],
    ['3.5 and before the suffix', ['/a/export', '/a/{x}'], HOST, '/a/export%20.json', 'ambiguous'],
    ['3.6 a final slash beside a literal and a tail', ['/a/b', '/a/{x+}'], HOST, '/a/b/', 'ambiguous'],
    ['3.6 a final slash beside a parameter and a tail', ['/a/{y}', '/a/{x+}'], HOST, '/a/b/', 'ambiguous'],
    ['3.6 a final slash and another case', ['/a/b', '/a/{x+}'], HOST, '/a/B.json/', 'ambiguous'],
    ['3.6 no final slash where the stronger one has it', ['/a/b/', '/a/{x}'], HOST, '/a/b', 'ambiguous'],
    ['3.6 nor a final slash where both have a rule', ['/a/b', '/a/b/', '/a/{x+}'], HOST, '/a/b/', '/a/b/'],
    ['3.6 nor one that leads to no stronger template', ['/a/{x}', '/a/{x}/'], HOST, '/a/b/', '/a/{x}/'],
    ['3.6 nor the same the other way round', ['/a/{x}', '/a/{x}/'], HOST, '/a/b', '/a/{x}'],
    ['3.6 nor one deep inside a tail', ['/a/b', '/a/{x+}'], HOST, '/a/b/c/', '/a/{x+}'],
    ['3.6 a tail of one segment beside a template with a slash', ['/a/{x}/', '/a/{y+}'], HOST, '/a/b', 'ambiguous'],
    ['3.5 a name of a suffix alone stays', ['/a/json', '/a/{x}'], HOST, '/a/.json', '/a/{x}'],
    ['3.5 the literal is folded, too', ['/a/Export.v1', '/a/{x}'], HOST, '/a/export', 'ambiguous'],
    ['3.5 percent-encoding is decoded', ['/a/caf%C3%A9', '/a/{x}'], HOST, '/a/CAF%C3%89', 'ambiguous'],
    ['3.6 an exact literal is never ambiguous', ['/a/export', '/a/{x}'], HOST, '/a/export', '/a/export'],
    ['3.6 nor is a fold that ranks no higher', ['/{x}/b', '/a/{y}'], HOST, '/a/B', '/a/{y}'],
    ['3.6 nor a fold without any exact match', ['/a/export'], HOST, '/a/Export', 'unmapped'],
  ])('%s', (_, paths, host, path, expected) => {
    expect(ruleAt(paths, path, host)).toBe(expected)
  })

  test.each([
    ['4.1 the exact method', ['GET', 'ANY'], 'GET', 'GET'],
    ['4.1 ANY for the others', ['GET', 'ANY'], 'POST', 'ANY'],
    ['4.1 HEAD by GET', ['GET', 'ANY'], 'HEAD', 'GET'],
    ['4.1 HEAD by ANY without GET', ['POST', 'ANY'], 'HEAD', 'ANY'],
    ['4.2 no rule for the method', ['GET'], 'DELETE', undefined],
    ['4.2 OPTIONS is no exception', ['GET'], 'OPTIONS', undefined],
  ] as const)('%s', (_, methods, method, expected) => {
    const document = map(methods.map((each) => ({ method: each, path: '/a' })))
    expect(judge(document, asking('/a', NONE, { method })).match).toEqual(
      expected === undefined ? { kind: 'unmapped' } : { kind: 'rule', id: `${expected} ${HOST}/a` },
    )
  })

  test('4.2 a weaker template does not fill in for the methods of a stronger one', () => {
    const document = map([{ path: '/a/export' }, { path: '/a/{x}', method: 'DELETE' }])
    expect(judge(document, asking('/a/export', NONE, { method: 'DELETE' })).match).toEqual({ kind: 'unmapped' })
  })
})
