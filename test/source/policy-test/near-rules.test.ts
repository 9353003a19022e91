/** Which rules are named where none covers a request. */
import { expect, test } from 'vitest'
import { nearRules } from '../../../src/source/policy-test/near-rules.ts'
import { releaseOf, ruleOf } from '../../policy/build.ts'

const { rules } = releaseOf({
  rules: [
    'GET /v1/invoices',
    'POST /v1/invoices',
    'GET /v1/invoices/{id}',
    'GET /v1/invoices/{id}/lines',
    'GET /v1/files/{path+}',
    'GET *.wild.example.com/v1/things',
    'GET other.example.com/v1/invoices',
  ].map((line) => ruleOf(line)),
})
const near = (method: string, host: string, path: string) => nearRules(rules, method, host, path).map(({ id }) => id)
const HOST = 'api.example.com'

test('a misspelt segment is near, and the same method before another', () => {
  expect(near('GET', HOST, '/v1/invoice')).toEqual([`GET ${HOST}/v1/invoices`, `POST ${HOST}/v1/invoices`])
})

test('a missing base path is near', () => {
  expect(near('GET', HOST, '/invoices/42/lines')[0]).toBe(`GET ${HOST}/v1/invoices/{id}/lines`)
})

test('a tail takes any number of segments', () => {
  expect(near('GET', HOST, '/v1/flies/a/b/c/d')).toEqual([`GET ${HOST}/v1/files/{path+}`])
})

test('hosts are those that the request could be for', () => {
  expect(near('GET', 'a.wild.example.com', '/v1/thing')).toEqual(['GET *.wild.example.com/v1/things'])
  expect(near('GET', 'elsewhere.example.com', '/v1/invoices')).toEqual([])
})

test('nothing is near to something entirely different', () => {
  expect(near('GET', HOST, '/a/b/c/d/e/f')).toEqual([])
})
