/** What is asked of a receiver of security events: tokens, push delivery, streams, subjects, and marks. */
import type { Section } from './item.ts'

// biome-ignore format: a list of items reads better packed
export const EVENTS: readonly Section[] = [
  { title: 'Security event tokens: RFC 8417, SSF 1.0', items: [
    { id: 'SET-1', level: 'MUST', source: 'SSF 1.0 section 4, RFC 8417 section 2.3',
      says: 'The type is `secevent+jwt`, signed with an algorithm that was agreed on, under a key of the transmitter.' },
    { id: 'SET-2', level: 'MUST', source: 'RFC 8417 section 2.2, SSF 1.0 section 4',
      says: '`iss` and `aud` are the transmitter and this receiver; `jti` and `iat` are there, and neither `sub` nor `exp` is.' },
    { id: 'SET-3', level: 'MUST', source: 'RFC 8417 section 2.2',
      says: 'Each event of `events` is read; unknown members are ignored, and unknown types acknowledged.' },
    { id: 'SET-4', level: 'MUST', source: 'SSF 1.0 sections 3.1 and 3.5',
      says: 'The subject is `sub_id`; an event with a critical member of its subject that cannot be processed is discarded.' },
    { id: 'SET-5', level: 'MUST', source: 'RFC 8417 section 2.2',
      says: 'Events are told apart by sender and `jti`, never by `txn`; one that comes twice is acknowledged and done once.' },
    { id: 'SET-6', level: 'MUST', source: 'RFC 8417 section 4.7',
      says: 'A security event token never passes as an access token, nor an access token as one.' },
  ] },
  { title: 'Push delivery: RFC 8935', items: [
    { id: 'PSH-1', level: 'MUST', source: 'RFC 8935 section 2.1',
      says: 'Events come by POST as `application/secevent+jwt`, of bounded size; else 405 with `Allow`, 415 or 400.' },
    { id: 'PSH-2', level: 'MUST', source: 'SSF 1.0 section 8.1.1',
      says: 'Where an `Authorization` header was agreed on, nobody is believed without it, compared in constant time.' },
    { id: 'PSH-3', level: 'MUST', source: 'RFC 8935 section 2.2',
      says: 'An event is kept before it is acknowledged with 202, without a body and a content type.' },
    { id: 'PSH-4', level: 'MUST', source: 'RFC 8935 sections 2.3 and 2.4',
      says: 'A failure is 400 with JSON of `err`, one of the registered codes, and `description`, in a language that is named.' },
    { id: 'PSH-5', level: 'POLICY', source: 'RFC 8935 section 2.2',
      says: 'What could not be checked or kept is answered with 503 and `Retry-After`, so that it comes again.' },
    { id: 'PSH-6', level: 'MAY', source: 'RFC 8936',
      says: 'Events may be fetched by polling, and pushed several at once.' },
  ] },
  { title: 'Streams: SSF 1.0', items: [
    { id: 'SSF-1', level: 'MUST', source: 'SSF 1.0 section 7.2',
      says: 'The configuration document is found between host and path of the issuer, and names it.' },
    { id: 'SSF-2', level: 'SHOULD', source: 'SSF 1.0 section 8.1.4',
      says: 'A verification event is about the stream; a `state` matters to whoever asked, and the gate never asks.' },
    { id: 'SSF-3', level: 'POLICY', source: 'SSF 1.0 section 8.1.5',
      says: 'A stream that is paused or disabled is on record and shown to the operator.' },
    { id: 'SSF-4', level: 'MUST', source: 'SSF 1.0 section 8.1.3',
      says: 'Events about subjects that nobody here knows are no error.' },
    { id: 'SSF-5', level: 'MUST', source: 'SSF 1.0 section 3.5',
      says: 'A complex subject matches where each member is undefined on one side or the same on both.' },
  ] },
  { title: 'Subject identifiers: RFC 9493', items: [
    { id: 'SUB-1', level: 'MUST', source: 'RFC 9493 section 3',
      says: 'An identifier has exactly the members that its format describes.' },
    { id: 'SUB-2', level: 'POLICY', source: 'RFC 9493 section 3.2, SSF 1.0 section 3.4',
      says: 'Identifiers are held against `sub`, `sid`, `jti`, a verified e-mail address and the claims that are configured.' },
  ] },
  { title: 'Revocation', items: [
    { id: 'REV-1', level: 'POLICY', source: 'CAEP 1.0 section 3.1',
      says: 'Marks outlive every token that they are about; a token is compared by its `iat` in whole seconds, whatever the order.' },
    { id: 'REV-2', level: 'POLICY', source: 'OAuth Event Types 1.0, draft of 2018',
      says: 'Events of that draft are unknown types: acknowledged, noted, and nothing follows.' },
  ] },
]
