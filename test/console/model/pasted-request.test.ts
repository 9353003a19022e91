/** A request as somebody pastes it: read, and without a credential that it may have had. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPasted, withoutCredentials } from '../../../src/console/web/model/pasted-request.ts'

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJzYW0ifQ.c2lnbmF0dXJlc2lnbmF0dXJl'

describe('credentials', () => {
  test.each([
    `curl https://api.example.com/v1 -H 'Authorization: Bearer ${JWT}'`,
    `curl https://api.example.com/v1 -H "authorization: DPoP ${JWT}" -H "DPoP: ${JWT}"`,
    `curl https://api.example.com/v1 --header=Authorization:secret-opaque-token`,
    `curl https://api.example.com/v1 --oauth2-bearer secret-opaque-token`,
    `curl -u sam:secret-opaque-token https://api.example.com/v1`,
    `curl https://api.example.com/v1 -b 'session=secret-opaque-token'`,
    `curl https://sam:secret-opaque-token@api.example.com/v1`,
    `curl 'https://api.example.com/v1?access_token=secret-opaque-token'`,
    `curl 'https://api.example.com/v1?x=1&api_key=secret-opaque-token&y=2'`,
    `curl https://api.example.com/v1 -H 'X-Auth-Token: secret-opaque-token' -H "x-session-id: secret-opaque-token"`,
    `curl https://api.example.com/v1 -d 'grant_type=refresh_token&client_secret=secret-opaque-token&a=b'`,
    `curl https://api.example.com/v1 --json '{"user":"sam","password":"secret-opaque-token"}'`,
    `GET https://api.example.com/v1\nAuthorization: Bearer secret-opaque-token\nCookie: a=secret-opaque-token`,
    `https://api.example.com/v1 Bearer secret-opaque-token`,
    `https://api.example.com/v1 ${JWT}`,
    `curl https://api.example.com/v1 \\\n  -H 'Authorization: Bearer\n secret-opaque-token'`,
  ])('are taken out of %j', (text) => {
    const clean = withoutCredentials(text)
    expect(clean.hadCredentials).toBe(true)
    expect(clean.text).not.toMatch(/secret-opaque-token|eyJ/)
    expect(readPasted(clean.text)?.url).toMatch(/^https:\/\/api\.example\.com\/v1/)
  })

  test('are not found where there are none: then the text stays as it was', () => {
    for (const text of [
      'GET https://api.example.com/v1/bearer',
      'GET https://api.example.com/v1/tokens/17',
      "curl -X POST https://api.example.com -d '{}'",
      '',
    ])
      expect(withoutCredentials(text)).toEqual({ text, hadCredentials: false })
  })

  test('are gone after one pass, whatever stands around a token', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(withoutCredentials(`${before} ${JWT} ${after}`).text).not.toContain(JWT)
      }),
    )
  })
})

describe('a request', () => {
  test.each([
    ['GET https://a.example/v1', 'GET', 'https://a.example/v1'],
    ['post https://a.example/v1', 'POST', 'https://a.example/v1'],
    ['https://a.example/v1?x=1', 'GET', 'https://a.example/v1?x=1'],
    ['curl https://a.example/v1', 'GET', 'https://a.example/v1'],
    [`curl -sS -X DELETE 'https://a.example/v1'`, 'DELETE', 'https://a.example/v1'],
    [`curl -XPUT "https://a.example/v1" -H 'a: b'`, 'PUT', 'https://a.example/v1'],
    [`curl https://a.example/v1 --data-raw '{"a":"it'"'"'s"}'`, 'POST', 'https://a.example/v1'],
    ['curl -H accept:text/plain --url https://a.example/v1 -I', 'HEAD', 'https://a.example/v1'],
    ['curl \\\n  -G \\\n  https://a.example/v1 -d a=b', 'GET', 'https://a.example/v1'],
    ['curl -o out https://a.example/v1', 'GET', 'https://a.example/v1'],
  ])('%j', (text, method, url) => {
    expect(readPasted(text)).toEqual({ method, url })
  })

  test.each([
    '',
    'GET /v1',
    'curl',
    'curl a.example',
    'curl file:///etc/passwd',
    'G3T https://a.example',
    'ftp://a.example',
  ])('%j is none', (text) => {
    expect(readPasted(text)).toBeUndefined()
  })

  test('is read or not, and nothing that is pasted breaks it', () => {
    fc.assert(fc.property(fc.string(), (text) => void readPasted(withoutCredentials(`curl ${text}`).text)))
  })
})
