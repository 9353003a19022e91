/** Names as events have them may stand for others: then nothing can be revoked by them. */

/** Whether it is a keyed hash in the place of a name (`hashed`, docs/events.md). */
export const isTreatedName = (name: string): boolean => /^(?:hmac|sha256):[0-9a-f]{32}$/.test(name)
