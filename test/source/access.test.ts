/** Whom Cloudflare Access lets in, as `gateway.yaml` says it: from text to a trust anchor, and what must not become one. */
import { expect, test } from 'vitest'
import { compareEnvironments } from '../../src/source/diff/environments.ts'
import { environmentOf, GATEWAY, readTexts, rulesOf, serviceOf, type Texts } from './maps.ts'

const mapWith = (line: string): Texts => ({
  ...serviceOf('  /x: { GET: a:read }\n'),
  'gateway.yaml': GATEWAY.replace('test:\n', `test:\n    ${line}\n`),
})
const accessOf = (grants: string, rest = 'team: "https://acme.cloudflareaccess.com", audience: 32ea') =>
  mapWith(`admin: { access: { ${rest}, grants: ${grants} } }`)
const faults = (texts: Texts) => rulesOf(readTexts(texts)).map((label) => label.replace(/@.*/, ''))

test('grants become holders and scopes, addresses in the spelling that assertions are read in', () => {
  const environment = environmentOf(
    accessOf('[{ email: Ada@Example.COM, scopes: [a:read] }, { group: On-Call, scopes: [a:read] }]'),
  )
  expect(environment.admin).toEqual({
    access: {
      team: 'https://acme.cloudflareaccess.com',
      audience: '32ea',
      grants: [
        { holder: { kind: 'email', email: 'Ada@example.com' }, scopes: ['a:read'] },
        { holder: { kind: 'group', group: 'On-Call' }, scopes: ['a:read'] },
      ],
    },
  })
})

test.each<[string, Texts, readonly string[]]>([
  ['a scope that the map does not have', accessOf('[{ email: a@b.example, scopes: [a:rread] }]'), ['undefined-scope']],
  ['nobody', accessOf('[{ scopes: [a:read] }]'), ['invalid-value']],
  ['two at once', accessOf('[{ email: a@b.example, group: x, scopes: [a:read] }]'), ['invalid-value']],
  ['no scope', accessOf('[{ email: a@b.example, scopes: [] }]'), ['empty-value']],
  ['no grant', accessOf('[]'), ['empty-value']],
  ['a domain with an address', accessOf('[{ emailDomain: a@b.example, scopes: [a:read] }]'), ['invalid-value']],
  [
    'a team elsewhere',
    accessOf('[{ group: x, scopes: [a:read] }]', 'team: "https://evil.example", audience: x'),
    ['invalid-value'],
  ],
  ['an admin of nobody', mapWith('admin: {}'), ['missing-key']],
  [
    'an audience of no tokens',
    mapWith(
      'admin: { audience: x, access: { team: "https://a.cloudflareaccess.com", audience: x, grants: [{ group: g, scopes: [a:read] }] } }',
    ),
    ['invalid-value'],
  ],
])('%s is a fault', (_, texts, expected) => expect(faults(texts)).toEqual(expected))

test('a grant more is looser, one less is stricter', () => {
  const [few, many] = [
    environmentOf(accessOf('[{ group: x, scopes: [a:read] }]')),
    environmentOf(accessOf('[{ group: x, scopes: [a:read] }, { group: y, scopes: [a:read] }]')),
  ]
  expect(compareEnvironments([few], [many]).map(({ effect }) => effect)).toEqual(['looser'])
  expect(compareEnvironments([many], [few]).map(({ effect }) => effect)).toEqual(['stricter'])
})
