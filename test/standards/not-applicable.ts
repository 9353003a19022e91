/** Items that no test proves, each with the reason why it does not apply: one line of Markdown without `|`. */
export const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  'RES-1': 'The side of the authorization server. What the gate does with the audience is RES-2.',
  'TSL-8': 'The gate reads JWT access tokens, whose status lists are JWTs. The CWT form is for tokens in CBOR.',
  'TSL-9': 'The gate asks for the present status of one token. Aggregated lists and past statuses serve other readers.',
}
