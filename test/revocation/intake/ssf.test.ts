/** Security event tokens, event by event: what each asks for at the gate, and what is not taken at all (CAEP 1.0, RISC 1.0, SSF 1.0, RFC 9967). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EpochSeconds } from '../../../src/policy/result.ts'
import type { SignalTransmitter } from '../../../src/policy/revocation-policy.ts'
import { discarded, readSignals, type SignalReading } from '../../../src/revocation/intake/ssf.ts'
import { CAEP, eventClaims, KNOWN_TYPES, RISC, SCIM, SSF } from '../../support/transmitter.ts'
import { IDP, setting, transmitter, wordsOf } from './settings.ts'

const AT = 1_615_304_991
const TOLD = 1_615_305_159
const USER = { format: 'iss_sub', iss: IDP, sub: 'jane' }
const SESSION = { format: 'opaque', id: 's-1' }
const DEVICE = { format: 'opaque', id: 'd-1' }
const complex = (members: object) => ({ format: 'complex', ...members })

function readingOf(claims: Readonly<Record<string, unknown>>, sender: Partial<SignalTransmitter> = {}) {
  const events = { id: String(claims.jti), issuedAt: Number(claims.iat) as EpochSeconds, claims }
  return readSignals(events, setting(transmitter(sender)))
}

function read(claims: Readonly<Record<string, unknown>>, sender: Partial<SignalTransmitter> = {}): SignalReading {
  const reading = readingOf(claims, sender)
  if (!reading.ok) throw new Error(reading.error)
  return reading.value
}

const asks = (type: string, members: object, subject: unknown = USER, sender: Partial<SignalTransmitter> = {}) =>
  read(eventClaims(type, { event_timestamp: AT, ...members }, subject), sender).entries.map(wordsOf)

const fails = (type: string, members: object, subject: unknown = USER) => readingOf(eventClaims(type, members, subject))

describe('CAEP', () => {
  test('[REV-1] session-revoked: the example of the specification, by session and by person', () => {
    expect(asks(`${CAEP}session-revoked`, {}, { format: 'opaque', id: 'dMTlD|1600802906337.16|16008.16' })).toEqual([
      `revoke session=dMTlD|1600802906337.16|16008.16 until ${AT}`,
      `revoke subject=dMTlD|1600802906337.16|16008.16 until ${AT}`,
    ])
    expect(asks(`${CAEP}session-revoked`, {})).toEqual([`revoke subject=jane until ${AT}`])
  })

  test('[SSF-5] a complex subject is kept under the user, and agrees with the rest', () => {
    const subject = complex({
      session: SESSION,
      user: USER,
      device: { format: 'iss_sub', iss: IDP, sub: 'd-1' },
      tenant: { format: 'opaque', id: 't-1' },
      application: { format: 'opaque', id: 'app' },
    })
    expect(asks(`${CAEP}session-revoked`, {}, subject)).toEqual([
      `revoke subject=jane session~s-1 device~d-1 tenant~t-1 client~app until ${AT}`,
    ])
    expect(
      asks(`${CAEP}session-revoked`, {}, complex({ tenant: { format: 'opaque', id: 't' }, session: SESSION })),
    ).toEqual([`revoke session=s-1 tenant~t until ${AT}`])
  })

  test('token-claims-change: tokens from before, and no claim is ever changed here', () => {
    expect(
      asks(`${CAEP}token-claims-change`, { claims: { role: 'ro-admin' } }, { format: 'jwt_id', iss: IDP, jti: 'j' }),
    ).toEqual([`revoke jti=j until ${AT}`])
    expect(fails(`${CAEP}token-claims-change`, {}).ok).toBe(false)
  })

  test.each([
    ['revoke', [`step-up subject=jane after ${AT}`]],
    ['update', [`step-up subject=jane after ${AT}`]],
    ['delete', [`step-up subject=jane after ${AT}`]],
    ['create', ['note credential-change: asks for nothing at the gate']],
  ])('credential-change: %s', (change_type, asked) => {
    expect(asks(`${CAEP}credential-change`, { credential_type: 'fido2-roaming', change_type })).toEqual(asked)
  })

  test.each([
    [
      'a decrease',
      { current_level: 'nist-aal1', previous_level: 'nist-aal2', change_direction: 'decrease' },
      [`step-up subject=jane after ${AT} acr phr phrh`],
    ],
    [
      'a change of which nobody says where to',
      { current_level: 'nist-aal1' },
      [`step-up subject=jane after ${AT} acr phr phrh`],
    ],
    [
      'a level that is not mapped',
      { current_level: 'other', change_direction: 'decrease' },
      [`step-up subject=jane after ${AT}`],
    ],
    ['a level that objects have', { current_level: 'constructor' }, [`step-up subject=jane after ${AT}`]],
    [
      'an increase',
      { current_level: 'nist-aal2', change_direction: 'increase' },
      ['note assurance-level-change: asks for nothing at the gate'],
    ],
  ])('assurance-level-change: %s', (_, members, asked) => {
    const sender = { acr: { 'nist-aal1': ['phr', 'phrh'] } } as const
    expect(asks(`${CAEP}assurance-level-change`, { namespace: 'NIST-AAL', ...members }, USER, sender)).toEqual(asked)
  })

  test('device-compliance-change: blocked until it is compliant again, each device of a person by itself', () => {
    const change = (current_status: string, subject: unknown) =>
      asks(`${CAEP}device-compliance-change`, { previous_status: 'compliant', current_status }, subject)
    expect(change('not-compliant', DEVICE)).toEqual([`revoke device=d-1 @device-compliance:${AT} for ever`])
    expect(change('compliant', DEVICE)).toEqual([`lift device=d-1 @device-compliance:${AT}`])
    const ofJane = complex({ user: USER, device: DEVICE })
    expect(change('not-compliant', ofJane)).toEqual([
      `revoke subject=jane device~d-1 @device-compliance [["device","d-1"]]:${AT} for ever`,
    ])
    expect(change('compliant', ofJane)).toEqual([`lift subject=jane @device-compliance [["device","d-1"]]:${AT}`])
  })

  test.each([
    ['HIGH', 'step-up', [`step-up subject=jane after ${AT} acr phr @risk-level:${AT}`]],
    ['HIGH', 'revoke', [`revoke subject=jane until ${AT} @risk-level:${AT}`]],
    ['MEDIUM', 'revoke', [`lift subject=jane @risk-level:${AT}`]],
    ['LOW', 'step-up', [`lift subject=jane @risk-level:${AT}`]],
  ] as const)('risk-level-change: %s, where it is to %s', (current_level, whenRiskIsHigh, asked) => {
    const sender = { whenRiskIsHigh, acr: { HIGH: ['phr'] } } as const
    expect(asks(`${CAEP}risk-level-change`, { principal: 'USER', current_level }, USER, sender)).toEqual(asked)
  })

  test('risk-level-change says what is at risk', () => {
    const at = (principal: string) => asks(`${CAEP}risk-level-change`, { principal, current_level: 'HIGH' }, SESSION)
    expect(at('DEVICE')).toEqual([`step-up device=s-1 after ${AT} @risk-level:${AT}`])
    expect(at('SESSION')).toEqual([`step-up session=s-1 after ${AT} @risk-level:${AT}`])
    expect(at('TENANT')).toEqual([`step-up tenant=s-1 after ${AT} @risk-level:${AT}`])
    for (const other of ['GROUP', 'constructor', '__proto__', 'toString'])
      expect(at(other), other).toEqual(['note risk-level-change: a subject that no access token names'])
  })

  test.each(['session-established', 'session-presented'])('%s asks for nothing, and fills no log', (name) => {
    expect(asks(`${CAEP}${name}`, {})).toEqual([])
    expect(asks(`${CAEP}${name}`, {}, { format: 'phone_number', phone_number: '+12065550100' })).toEqual([])
  })

  test.each([
    ['credential-change', { change_type: 'revoke' }],
    ['credential-change', { credential_type: 'password' }],
    ['credential-change', { credential_type: 'password', change_type: 'rotate' }],
    ['assurance-level-change', { namespace: 'NIST-AAL' }],
    ['assurance-level-change', { current_level: 'nist-aal1' }],
    ['assurance-level-change', { namespace: 'NIST-AAL', current_level: 'a', change_direction: 'sideways' }],
    ['device-compliance-change', { current_status: 'unknown' }],
    ['risk-level-change', { current_level: 'HIGH' }],
    ['risk-level-change', { principal: 'USER' }],
    ['risk-level-change', { principal: 'USER', current_level: 'SEVERE' }],
    ['session-revoked', { event_timestamp: '1615304991' }],
    ['session-revoked', { event_timestamp: -1 }],
  ])('[PSH-4] %s with %o does not conform to its definition', (name, members) => {
    expect(fails(`${CAEP}${name}`, members).ok).toBe(false)
  })
})

describe('RISC', () => {
  const EMAIL = { format: 'email', email: 'Jane@EXAMPLE.com' }
  test.each([
    ['account-credential-change-required', {}, USER, [`step-up subject=jane after ${AT}`]],
    ['account-purged', {}, USER, [`revoke subject=jane until ${AT}`]],
    [
      'account-disabled',
      { reason: 'hijacking' },
      USER,
      [`revoke subject=jane @account:${AT} for ever`, `revoke subject=jane until ${AT}`],
    ],
    ['account-enabled', {}, USER, [`lift subject=jane @account:${AT}`]],
    ['identifier-changed', { 'new-value': 'new@example.com' }, EMAIL, [`revoke email=Jane@example.com until ${AT}`]],
    ['identifier-recycled', {}, EMAIL, [`revoke email=Jane@example.com until ${AT}`]],
    [
      'credential-compromise',
      { credential_type: 'password' },
      USER,
      [`revoke subject=jane until ${AT}`, `step-up subject=jane after ${AT}`],
    ],
    ['sessions-revoked', {}, USER, [`revoke subject=jane until ${AT}`]],
    ['opt-in', {}, USER, ['note opt-in: asks for nothing at the gate']],
    ['opt-out-initiated', {}, USER, ['note opt-out-initiated: asks for nothing at the gate']],
    ['opt-out-cancelled', {}, USER, ['note opt-out-cancelled: asks for nothing at the gate']],
    ['opt-out-effective', {}, USER, ['note opt-out-effective: asks for nothing at the gate']],
    ['recovery-activated', {}, USER, ['note recovery-activated: asks for nothing at the gate']],
    ['recovery-information-changed', {}, USER, ['note recovery-information-changed: asks for nothing at the gate']],
  ])('%s', (name, members, subject, asked) => {
    expect(asks(`${RISC}${name}`, members, subject)).toEqual(asked)
  })

  test('a compromise says what was compromised', () => {
    expect(fails(`${RISC}credential-compromise`, {}).ok).toBe(false)
  })

  test('[SET-4] a subject inside the event, as older senders have it, and the spelling of Google where it is agreed on', () => {
    const google = { subject_type: 'iss-sub', iss: IDP, sub: 'jane' }
    const claims = eventClaims(`${RISC}sessions-revoked`, { subject: USER }, undefined)
    expect(read(claims).entries.map(wordsOf)).toEqual([`revoke subject=jane until ${TOLD}`])
    const older = eventClaims(`${RISC}sessions-revoked`, { subject: google }, undefined)
    expect(readingOf(older).ok).toBe(false)
    expect(read(older, { acceptsSubjectType: true }).entries.map(wordsOf)).toEqual([
      `revoke subject=jane until ${TOLD}`,
    ])
    expect(readingOf(eventClaims(`${RISC}sessions-revoked`, {}, undefined)).ok).toBe(false)
  })
})

describe('SCIM', () => {
  const JANE = { format: 'scim', uri: '/Users/jane', externalId: 'e-1' }
  test.each([
    ['prov:deactivate', JANE, [`revoke subject=jane @account:${AT} for ever`, `revoke subject=jane until ${AT}`]],
    ['prov:activate', JANE, [`lift subject=jane @account:${AT}`]],
    ['prov:delete', JANE, [`revoke subject=jane until ${AT}`]],
    ['prov:patch:notice', JANE, [`revoke subject=jane until ${AT}`]],
    ['prov:create:full', JANE, ['note prov:create:full: asks for nothing at the gate']],
    ['prov:delete', { format: 'scim', uri: '/Groups/1' }, ['note prov:delete: a subject that no access token names']],
  ])('%s of %o', (name, subject, asked) => {
    expect(asks(`${SCIM}${name}`, {}, subject)).toEqual(asked)
  })
})

describe('streams', () => {
  const STREAM = { format: 'opaque', id: 'stream-1' }

  test('[SSF-2] a verification nobody asked the gate for is fine, with a state or without; one of another stream is not', () => {
    const verify = (members: object, sender = {}) =>
      readingOf(eventClaims(`${SSF}verification`, members, STREAM), sender)
    for (const members of [{}, { state: 'VGhpcyBpcyBhbiBleGFtcGxl' }])
      expect(verify(members)).toMatchObject({ ok: true, value: { entries: [], types: [`${SSF}verification`] } })
    expect(verify({}, { streamId: 'stream-1' }).ok).toBe(true)
    expect(verify({}, { streamId: 'stream-2' }).ok).toBe(false)
    expect(readingOf(eventClaims(`${SSF}verification`, {}, USER)).ok).toBe(false)
  })

  test.each(['enabled', 'paused', 'disabled'])(
    '[SSF-3] stream-updated to %s is on record, and told apart',
    (status) => {
      const reading = read(eventClaims(`${SSF}stream-updated`, { status, reason: 'License is not valid' }, STREAM))
      expect(reading.stream).toBe(status)
      expect(reading.entries.map(wordsOf)).toEqual([`note stream-updated: the stream is ${status}`])
      expect(JSON.stringify(reading)).not.toContain('License')
    },
  )

  test('a status that there is not is refused', () => {
    expect(readingOf(eventClaims(`${SSF}stream-updated`, { status: 'on' }, STREAM)).ok).toBe(false)
  })
})

describe('what is in a token', () => {
  test('[SET-3] an unknown type is acknowledged and noted, unknown members are ignored, aliases are read each', () => {
    const type = 'https://example.com/event/unheard-of'
    const unknown = read(eventClaims(type, { anything: 1 }, undefined))
    expect(unknown.types).toEqual(['unknown'])
    expect(unknown.entries).toMatchObject([{ origin: { event: type }, action: { kind: 'note', about: 'unknown' } }])
    expect(asks(`${CAEP}session-revoked`, { more: {}, initiating_entity: 'policy' })).toHaveLength(1)
    const both = read({ ...eventClaims(type, {}, USER), events: { [type]: {}, [`${CAEP}session-revoked`]: {} } })
    expect(both.entries.map(({ once }) => once)).toEqual([
      `workforce ${both.entries[0]?.origin.id} 0`,
      `workforce ${both.entries[0]?.origin.id} 1`,
    ])
  })

  test('[REV-2] events of the OAuth Event Types draft are unknown', () => {
    const type = 'https://schemas.openid.net/secevent/oauth/event-type/token-revoked'
    expect(asks(type, {}, { format: 'opaque', id: 't' })).toEqual([
      'note unknown: an event of a type that is not known',
    ])
  })

  test.each([
    [undefined],
    [[]],
    ['x'],
    [{}],
    [{ [`${CAEP}session-revoked`]: null }],
    [Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`urn:${index}`, {}]))],
  ])('[SET-3] events that are %o are no events', (events) => {
    expect(readingOf({ ...eventClaims('x', {}, USER), events }).ok).toBe(false)
  })

  test('[SET-5] every entry says who told it, of what type, under which name, and is entered once', () => {
    const claims = eventClaims(`${CAEP}session-revoked`, {}, USER, { txn: 'group-1' })
    expect(read(claims).entries).toMatchObject([
      {
        author: { kind: 'sender', name: 'workforce' },
        origin: { via: 'signal', event: `${CAEP}session-revoked`, id: claims.jti },
        once: `workforce ${claims.jti} 0`,
      },
    ])
    expect(read(claims).entries).toEqual(read({ ...claims, txn: 'group-2' }).entries)
    expect(read(claims, { name: 'other' }).entries[0]?.once).toBe(`other ${claims.jti} 0`)
  })

  test('[REV-1] it happened when it says, in whole seconds, and never later than it was told', () => {
    const until = (event_timestamp: unknown) =>
      read(eventClaims(`${CAEP}session-revoked`, { event_timestamp }, USER)).entries.map(wordsOf)
    expect(until(AT + 0.9)).toEqual([`revoke subject=jane until ${AT}`])
    expect(until(AT * 1000)).toEqual([`revoke subject=jane until ${TOLD}`])
    expect(read(eventClaims(`${CAEP}session-revoked`, {}, USER)).entries.map(wordsOf)).toEqual([
      `revoke subject=jane until ${TOLD}`,
    ])
  })

  test('a name that is longer than any token has is refused, not sent to a log that would never take it', () => {
    expect(fails(`${CAEP}session-revoked`, {}, { format: 'opaque', id: 'x'.repeat(12_000) }).ok).toBe(false)
    expect(fails(`${CAEP}session-revoked`, {}, { format: 'opaque', id: 'x'.repeat(2_000) }).ok).toBe(true)
  })

  test('[SSF-4] a subject that nobody here knows is acknowledged and noted', () => {
    const phone = { format: 'phone_number', phone_number: '+12065550100' }
    const [entry] = read(eventClaims(`${CAEP}session-revoked`, {}, phone)).entries
    expect(entry?.action).toEqual({
      kind: 'note',
      about: 'session-revoked',
      reason: 'a subject that no access token names',
    })
    expect(JSON.stringify(entry)).not.toContain('+1206')
  })

  test('[SET-4] a member that is in no token is told, so that a critical one can keep the event from being done', () => {
    const subject = complex({ user: USER, group: { format: 'opaque', id: 'g' }, colour: { format: 'opaque', id: 'c' } })
    const claims = eventClaims(`${CAEP}session-revoked`, {}, subject)
    const reading = read(claims)
    expect(reading.unprocessed).toEqual(['group', 'colour'])
    expect(reading.entries.map(wordsOf)).toEqual([`revoke subject=jane until ${TOLD}`])
    const events = { id: 'e', issuedAt: TOLD as EpochSeconds, claims }
    expect(discarded(events, reading, setting(transmitter())).map(({ action }) => action.kind)).toEqual(['note'])
  })

  test('nothing that is signed makes it throw, and every type is read', () => {
    const subjects = fc.oneof(fc.constant(USER), fc.constant(complex({ user: USER, session: SESSION })), fc.jsonValue())
    const members = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom(
          'current_level',
          'principal',
          'claims',
          'event_timestamp',
          'change_type',
          'credential_type',
          'current_status',
        ),
        fc.jsonValue(),
      ),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...KNOWN_TYPES, `${SSF}verification`, `${SSF}stream-updated`, '__proto__'),
        members,
        subjects,
        (type, event, subject) => {
          const reading = readingOf({
            ...eventClaims('x', {}, subject),
            events: JSON.parse(JSON.stringify({ [type]: event })),
          })
          expect(reading.ok ? reading.value.entries.length : reading.error).toBeDefined()
        },
      ),
      { numRuns: 2000 },
    )
    expect(KNOWN_TYPES).toHaveLength(8 + 14 + 11)
  })
})
