/** Whether an environment of the working tree can carry a release, and whether it is protected. */
import { expect, test } from 'vitest'
import { decodeRelease, type Release } from '../../src/policy/decode.ts'
import { encodeRelease } from '../../src/policy/release.ts'
import { checkFit } from '../../src/source/check-fit.ts'
import { readProtection } from '../../src/source/protection.ts'
import { filesOf, GATEWAY, labelOf, releaseOf, serviceOf, type Texts } from './maps.ts'

function decoded(texts: Texts): Release {
  const release = decodeRelease(encodeRelease(releaseOf(texts)))
  if (!release.ok) throw new Error(release.error)
  return release.value
}

const plain = decoded(serviceOf('  /x: { GET: a:read }\n'))
const fit = (gateway: string, release = plain, name = 'test', rest: Texts = {}) =>
  checkFit(filesOf({ 'gateway.yaml': gateway, ...rest }), name, release).map(labelOf)

test('what fits has nothing to report, whatever the services in the working tree are like', () => {
  expect(fit(GATEWAY)).toEqual([])
  expect(fit(GATEWAY, plain, 'test', { 'tested.yaml': 'servcie: broken' })).toEqual([])
})

test('a service that only the environment knows is an error, although the working tree has it', () => {
  const gateway = `${GATEWAY}    services: { later: { resource: https://later.example.com, audience: later } }\n`
  expect(fit(gateway)).toEqual(expect.arrayContaining([expect.stringMatching(/^unknown-service@gateway\.yaml:/)]))
})

test('a release that asks for tokens which the environment does not accept is an error', () => {
  const withDpop = GATEWAY.replace('upstream: zone\n', 'upstream: zone\n    dpop: {}\n')
  const bound = decoded({
    ...serviceOf('  /x: { GET: { anyOf: [a:read], senderConstrained: dpop } }\n'),
    'gateway.yaml': withDpop,
  })
  expect(fit(GATEWAY, bound)).toEqual(expect.arrayContaining([expect.stringMatching(/^binding-not-accepted@/)]))
  expect(fit(withDpop, bound)).toEqual([])
})

test('aliases and resources on hosts without a rule of that release are found', () => {
  const gateway = GATEWAY.replace(
    'upstream: zone\n',
    'upstream: zone\n    hostAliases: { x.example.com: gone.example.com }\n',
  )
  expect(fit(gateway)).toEqual([expect.stringMatching(/^unused-host-alias@/)])
})

test('what is wrong with another environment does not stand in the way', () => {
  const other = GATEWAY.slice(GATEWAY.indexOf('  test:')).replace('test:', 'other:')
  expect(
    fit(`${GATEWAY}${other}    services: { later: { resource: https://later.example.com, audience: later } }\n`),
  ).toEqual([])
})

test('an environment that is not there, and a gateway.yaml that is not, are errors', () => {
  expect(fit(GATEWAY, plain, 'prod')).toEqual([expect.stringMatching(/^missing-key@gateway\.yaml:/)])
  expect(checkFit([], 'test', plain).length).toBeGreaterThan(0)
  expect(fit('hosts: [').length).toBeGreaterThan(0)
})

const protection = (gateway: string, rest: Texts = {}) => readProtection(filesOf({ 'gateway.yaml': gateway, ...rest }))

test('an environment is protected where it says so', () => {
  const protect = (value: string) => GATEWAY.replace('upstream: zone\n', `upstream: zone\n    protected: ${value}\n`)
  expect(protection(GATEWAY)).toEqual(new Map([['test', false]]))
  expect(protection(protect('true'))).toEqual(new Map([['test', true]]))
  expect(protection(protect('true'), { 'tested.yaml': 'servcie: broken' })).toEqual(new Map([['test', true]]))
  // Where it cannot be said for sure, nobody is told that it is not.
  for (const unsure of [
    protect('"yes"'),
    protect('yes'),
    GATEWAY.replace('upstream: zone', 'protcted: true'),
    'hosts: [',
    '',
  ])
    expect(protection(unsure)).toBeUndefined()
  expect(readProtection([])).toBeUndefined()
})
