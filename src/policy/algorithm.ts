/** Signature algorithms (RFC 7518 section 3, RFC 8037, RFC 9864). Asymmetric only: a verifier that shares a secret could also sign. */
export const ALGORITHMS = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519',
] as const // biome-ignore format: one line reads as the list it is
export type Algorithm = (typeof ALGORITHMS)[number]
