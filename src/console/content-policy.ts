/** What the browser may do with the page: run its own scripts, talk to this gate and to the provider's token endpoint, and nothing else. */

/** The headers of the page. `tokenEndpoint`: where it redeems its code; absent where nobody signs in. */
export const pageHeaders = (tokenEndpoint?: string): Readonly<Record<string, string>> => ({
  ...SAFE,
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self'${tokenEndpoint === undefined ? '' : ` ${new URL(tokenEndpoint).origin}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // No text ever becomes markup or code (Trusted Types).
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  // Another page that opened this one, or was opened by it, has no handle on it.
  'cross-origin-opener-policy': 'same-origin',
})

/** The headers of a file whose name says what is in it. */
export const fileHeaders = (type: string): Readonly<Record<string, string>> => ({
  ...SAFE,
  'content-type': type,
  'cache-control': 'public, max-age=31536000, immutable',
})

const SAFE = {
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
