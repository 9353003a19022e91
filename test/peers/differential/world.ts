/** What both judges take for granted: one issuer, one audience, one moment. */

export const ISSUER = 'https://login.example'
export const JWKS_URI = 'https://login.example/jwks'
export const AUDIENCE = 'https://api.example.com'

/** Where the clock is stopped, in milliseconds: not at a full second, so that both must round, and round alike. */
export const NOW_MS = 1_800_000_000_400
export const NOW = Math.floor(NOW_MS / 1000)

/** Seconds that clocks may disagree on `exp`, `nbf` and `iat` of a token. */
export const LEEWAY = 30

/** Seconds that a proof's `iat` may be off either way. The peer's is fixed, so ours takes that one. */
export const PROOF_WINDOW = 300
