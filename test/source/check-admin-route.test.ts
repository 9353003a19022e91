import { describe, expect, test } from 'vitest'
import { ADMIN_ROUTES } from '../../src/policy/admin-routes.ts'
import { isError } from '../../src/source/diagnostic.ts'
import { readTexts, serviceOf } from './maps.ts'

/** Errors: what lints warn of in such paths is right, and not what is tested here. */
const faultsOf = (routes: string, before = '') => {
  const texts = serviceOf(routes)
  return readTexts({ ...texts, 'tested.yaml': `${before}${texts['tested.yaml']}` }).diagnostics.filter(isError)
}
const rulesOf = (routes: string, before = '') => faultsOf(routes, before).map(({ rule }) => rule)

describe('rules about the admin API', () => {
  test.each(ADMIN_ROUTES)('%s can ask for a scope', (route) => {
    const [method, path] = route.split(' ')
    expect(rulesOf(`  ${path}: { ${method}: a:read }\n`)).toEqual([])
  })

  test('cannot be about routes that it does not have, and say which was meant', () => {
    const [fault] = faultsOf('  /_scopewall/admin/revocation: { GET: a:read }\n')
    expect(fault).toMatchObject({
      rule: 'admin-route',
      message: 'the admin API has no `GET /_scopewall/admin/revocation`',
      help: 'did you mean `GET /_scopewall/admin/revocations`?',
    })
  })

  test.each([
    '/_scopewall/admin/revocations: { DELETE: a:read }',
    '/_scopewall/admin/revocations: { ANY: a:read }',
    '/_scopewall/admin/{path+}: { GET: a:read }',
    '/_scopewall/admin/revocations/{id}: { GET: a:read }',
    '/_scopewall/admin/log: { GET: { public: Everybody may look. } }',
    '/_scopewall/admin/log: { GET: { authenticated: Everybody may look. } }',
    '/_scopewall/admin/log: { GET: { scope: a:read, mode: observe } }',
    '/_scopewall/admin/log: { GET: { scope: a:read, upgrade: websocket } }',
  ])('%s is refused', (route) => {
    expect(rulesOf(`  ${route}\n`)).toEqual(['admin-route'])
  })

  test('are not observed with their service either', () => {
    expect(rulesOf('  /_scopewall/admin/log: { GET: a:read }\n', 'mode: observe\n')).toEqual(['admin-route'])
  })

  test('are found below a base path', () => {
    expect(rulesOf('  /admin/logs: { GET: a:read }\n', 'basePath: /_scopewall\n')).toContain('admin-route')
  })
})
