/** What an environment may trust. */
import { expect, test } from 'vitest'
import {
  isBrowserOrigin,
  isHost,
  isHostPattern,
  isIssuer,
  isOrigin,
  isResource,
  isTrustworthyUrl,
} from '../../src/source/address.ts'

function accepts(check: (text: string) => boolean, good: readonly string[], bad: readonly string[]): void {
  for (const text of good) expect.soft(check(text), text).toBe(true)
  for (const text of bad) expect.soft(check(text), text).toBe(false)
}

test('a URL is trusted over https, and over http to this machine alone', () => {
  accepts(
    isTrustworthyUrl,
    [
      'https://a.example',
      'https://a.example:8443/keys?x=1',
      'http://localhost:9400/a',
      'http://127.0.0.1',
      'http://[::1]:1/',
    ],
    [
      '',
      'a.example',
      '//a.example',
      'http://a.example',
      'http://localhost.a.example',
      'http://127.0.0.2',
      'HTTPS://a.example',
      'ftp://a.example',
      'https://user@a.example',
      'https://a.example#x',
      'https://a.example/ x',
      'https://a.example/é',
      'https://',
      'https://a.example:99999',
      'https://1.2.3.4.5',
      'https://[::::]',
      'http://localhost@a.example',
      'https://a.example\\@b.example',
      'https://a.example/a"b',
      'https://a.example/a\\b',
      'https://a.example/<a>',
      'https://a.example/{a}',
    ],
  )
})

test('[PRM-3] [BRR-9] a resource is written in one way, and is none of the addresses of the gate itself', () => {
  accepts(
    isResource,
    [
      'https://a.example',
      'https://a.example/',
      'https://a.example/v1',
      'http://localhost:8787/v1?x',
      'https://A.example/V1',
    ],
    [
      'http://a.example',
      'https://a.example/#x',
      'https://a.example/v1/../x',
      'https://a.example/./x',
      'https://a.example./x',
      'https://a.example/a"b',
      'https://a.example/_scopewall/health',
      'https://a.example/.well-known/oauth-protected-resource/x',
    ],
  )
})

test('an issuer has no query besides', () => {
  accepts(
    isIssuer,
    ['https://a.example', 'https://a.example/', 'https://a.example/realms/x'],
    ['https://a.example?x', 'http://a.example'],
  )
})

test('an origin ends with its authority', () => {
  accepts(
    isOrigin,
    ['https://a.example', 'http://127.0.0.1:9401'],
    ['https://a.example/', 'https://a.example/x', 'https://a.example?x', 'http://a.example'],
  )
})

test("a browser's origin is in lower case and without the scheme's own port", () => {
  accepts(
    isBrowserOrigin,
    ['https://a.example', 'http://localhost:5173', 'https://a.example:8443'],
    [
      '*',
      'null',
      'https://A.example',
      'https://a.example:443',
      'http://localhost:80',
      'https://*.example',
      'https://a.example/',
    ],
  )
})

test('a host pattern is a name, or a star and a name', () => {
  accepts(
    isHostPattern,
    ['api.example.com', 'API.Example.com', '*.example.com', 'localhost', '10.0.0.1'],
    [
      '',
      '*',
      '*.',
      'a.*.com',
      '**.example.com',
      '*example.com',
      'a..b',
      '.a',
      'a.',
      'a:80',
      'https://a',
      'a/b',
      'ä.example',
      '\u212A.example',
      '[::1]',
    ],
  )
})

test('a host is what a request can name, in lower case', () => {
  accepts(
    isHost,
    ['localhost', '127.0.0.1', '[::1]', 'api.example.com'],
    ['', '*.example.com', 'API.example.com', 'a:80', '[x]'],
  )
})
