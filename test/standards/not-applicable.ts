/** Items that no test proves, each with the reason why it does not apply: one line of Markdown without `|`. */
export const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  'BRR-11':
    'RFC 9111 section 3.5 already keeps shared caches from storing answers to requests with `Authorization`, unless the origin says otherwise; the gate leaves the word of the origin alone. See SECURITY.md.',
  'MTL-5':
    'The gate compares the fingerprint (MTL-4). How Workers spell the RFC 9440 field in `request.cf` is not documented, and a guess is no check.',
  'PSH-6':
    'The gate receives what is pushed (RFC 8935), and claims no certified receiver: CAEP Interop asks for polling as well. See docs/signals.md.',
  'RES-1': 'The side of the authorization server. What the gate does with the audience is RES-2.',
  'TSL-8': 'The gate reads JWT access tokens, whose status lists are JWTs. The CWT form is for tokens in CBOR.',
  'TSL-9': 'The gate asks for the present status of one token. Aggregated lists and past statuses serve other readers.',
}
