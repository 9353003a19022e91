/** `x-fapi-interaction-id`: a client's own UUID comes back, so that both sides can speak of the same request (FAPI 1.0 Baseline section 6.2.1). */

const NAME = 'x-fapi-interaction-id'
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Makes sure that the origin, and with it the answer, has one: the client's, if it is a UUID; else a new one. */
export function ensureInteraction(headers: Headers, newId: () => string): void {
  const given = headers.get(NAME)
  if (given === null || !UUID.test(given)) headers.set(NAME, newId())
}

/** Sets the header of an answer: what the origin has said, else what the client has, if it is a UUID; else a new one. */
export function echoInteraction(headers: Headers, sent: Headers, newId: () => string): void {
  if (headers.has(NAME)) return
  const given = sent.get(NAME)
  headers.set(NAME, given !== null && UUID.test(given) ? given : newId())
}
