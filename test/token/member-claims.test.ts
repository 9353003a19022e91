/** The actor of a delegated token: RFC 8693 section 4.1. */
import { expect, test } from 'vitest'
import { actorOf } from '../../src/token/member-claims.ts'
import { issuerAt } from '../support/environment.ts'

const ISSUER = issuerAt('https://login.example.com')

test.each<[string, unknown, unknown]>([
  ['absent', undefined, undefined],
  ['by its subject', { sub: 'robot', client_id: 'app' }, { name: 'robot' }],
  ['by its client', { client_id: 'app' }, { name: 'app' }],
  ['the outermost', { sub: 'robot', act: { sub: 'person' } }, { name: 'robot' }],
  ['of this issuer', { iss: 'https://login.example.com', sub: 'robot' }, { name: 'robot' }],
  ['of another issuer, nobody whom a rule could name', { iss: 'https://other.example.com', sub: 'robot' }, {}],
  ['of an issuer that is no text', { iss: 5, sub: 'robot' }, {}],
  ['without a name', {}, {}],
])('an actor: %s', (_, act, expected) => {
  expect(actorOf(act, ISSUER)).toEqual({ ok: true, value: expected })
})

test('where issuers are told apart by a prefix, so are their actors', () => {
  expect(actorOf({ sub: 'robot' }, { ...ISSUER, clientPrefix: 'partners/' })).toEqual({
    ok: true,
    value: { name: 'partners/robot' },
  })
})

test.each([['robot'], [null], [[]]])('%j is no actor', (act) => {
  expect(actorOf(act, ISSUER)).toMatchObject({ ok: false, error: 'claims' })
})
