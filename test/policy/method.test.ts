import { expect, test } from 'vitest'
import { isMethod, isRuleMethod, METHODS, RULE_METHODS } from '../../src/policy/method.ts'

test('the gate knows seven methods, and a map may name all of them but HEAD, and ANY', () => {
  expect([...METHODS].sort()).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'])
  expect([...RULE_METHODS].sort()).toEqual(['ANY', 'DELETE', 'GET', 'OPTIONS', 'PATCH', 'POST', 'PUT'])
  expect(METHODS.every(isMethod)).toBe(true)
  expect(RULE_METHODS.every(isRuleMethod)).toBe(true)
})

const strange = [
  '',
  'get',
  'Get',
  'GET ',
  ' GET',
  'GET\n',
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'QUERY',
  'constructor',
  '__proto__',
  'toString',
]

test.each([...strange, 'ANY'])('%j is no method of a request', (text) => {
  expect(isMethod(text)).toBe(false)
})

test.each([...strange, 'HEAD', 'any', '*'])('%j is no method of a rule', (text) => {
  expect(isRuleMethod(text)).toBe(false)
})
