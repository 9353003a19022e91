import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KILL_SWITCHES, readMark, SINGLE_TARGETS } from '../../../src/admin/read-mark.ts'
import {
  EMPTY_FORM,
  FORM_KINDS,
  type FormKind,
  type RevocationForm,
  readForm,
} from '../../../src/console/web/model/revocation-form.ts'
import { previewOf } from '../../../src/console/web/model/revocation-preview.ts'
import { epochSeconds } from '../../../src/policy/result.ts'

const NOW = Date.UTC(2026, 10, 28, 12)
const ISSUER = 'https://login.example.com/'
const isKnown = (name: string) => name === 'a:read' || name === 'a:write'

const form = (rest: Partial<RevocationForm>): RevocationForm => ({
  ...EMPTY_FORM,
  value: 'partner',
  reason: 'key leaked',
  ...rest,
})
const read = (rest: Partial<RevocationForm>) => readForm(form(rest), isKnown, NOW)
const faults = (rest: Partial<RevocationForm>) => {
  const reading = read(rest)
  return reading.ok ? {} : reading.faults
}
const request = (rest: Partial<RevocationForm>) => {
  const reading = read(rest)
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults))
  return reading.revocation
}

describe('the form', () => {
  it('makes the body that the command line makes', () => {
    expect(request({ expires: '1h', onlyOld: true, holding: 'a:read  a:write', issuer: ISSUER })).toEqual({
      path: 'revocations',
      body: {
        target: { kind: 'client', value: 'partner', issuer: ISSUER },
        reason: 'key leaked',
        expires: '2026-11-28T13:00:00.000Z',
        issuedBefore: 'now',
        holding: ['a:read', 'a:write'],
      },
    })
  })

  it('sends scopes and whole issuers to the kill switches', () => {
    expect(request({ kind: 'scope', value: 'a:read', client: 'partner' })).toMatchObject({
      path: 'kill-switches',
      body: { target: { kind: 'scope', scope: 'a:read', client: 'partner' } },
    })
    expect(request({ kind: 'issuer', value: ISSUER }).body.target).toEqual({ kind: 'issuer', issuer: ISSUER })
  })

  it('leaves out what means nothing for the kind that was chosen last', () => {
    const { body } = request({ kind: 'scope', value: 'a:read', issuer: ISSUER, onlyOld: true, holding: 'a:write' })
    expect(body).toEqual({ target: { kind: 'scope', scope: 'a:read' }, reason: 'key leaked' })
  })

  it.each([
    ['reason', { reason: '  ' }],
    ['reason', { reason: 'x'.repeat(501) }],
    ['reason', { reason: 'two\nlines' }],
    ['value', { value: '' }],
    ['value', { kind: 'scope', value: 'b:read' }],
    ['value', { kind: 'fingerprint', value: 'short' }],
    ['value', { kind: 'token', value: 'Bearer abc' }],
    ['client', { kind: 'scope', value: 'a:read', client: 'x'.repeat(1025) }],
    ['expires', { expires: 'soon' }],
    ['expires', { expires: '2026-11-28' }],
    ['expires', { expires: '2027-02-30' }],
    ['holding', { holding: 'a:read b:read' }],
  ] as const)('says at %s what to mend', (field, rest) => {
    expect(Object.keys(faults(rest))).toEqual([field])
  })

  it('never sends what the admin API would not take', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.constantFrom(
        'a:read',
        ISSUER,
        'x'.repeat(43),
        '1h',
        '2027-02-29',
        '2027-02-28',
        'never',
        '0s',
        '2027-01-01T10:00:00+01:00',
      ),
    )
    fc.assert(
      fc.property(
        fc.record({
          kind: fc.constantFrom<FormKind>(...FORM_KINDS.filter((kind) => kind !== 'issuer')),
          value: text,
          issuer: fc.constantFrom('', ISSUER),
          client: text,
          reason: text,
          expires: fc.oneof(text, fc.constant('')),
          onlyOld: fc.boolean(),
          holding: fc.oneof(text, fc.constantFrom('', 'a:read', 'a:read a:write')),
        }),
        (filled) => {
          const reading = readForm(filled, isKnown, NOW)
          if (!reading.ok) return Object.keys(reading.faults).length > 0
          const { path, body } = reading.revocation
          const setting = {
            now: epochSeconds(NOW),
            issuers: [
              {
                issuer: ISSUER,
                identifiers: { session: 'sid', grant: 'g', tenant: 't', device: 'd', email: 'e', user: 'u' },
              },
            ],
            isKnownScope: isKnown,
            isOwnScope: () => false,
            tokenBytes: 8192,
          }
          readMark(JSON.parse(JSON.stringify(body)), path === 'kill-switches' ? KILL_SWITCHES : SINGLE_TARGETS, setting)
          return true
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('the preview', () => {
  const sentence = (rest: Partial<RevocationForm>) =>
    previewOf(request(rest).body)
      .what.map((part) => ('name' in part ? `<${part.name}>` : part.text))
      .join('')

  it.each([
    [{}, 'Every request with a token of the client <partner> is refused, until no such token can be alive any more.'],
    [
      { expires: '1h', onlyOld: true, holding: 'a:read' },
      'Every request with a token of the client <partner> is refused, where they hold <a:read>, where they were issued until now, until 2026-11-28 13:00:00 UTC.',
    ],
    [
      { kind: 'scope', value: 'a:read', client: 'partner' },
      'The scope <a:read> does not let <partner> in: requests that rest on it are refused, until somebody takes it back.',
    ],
    [
      { kind: 'issuer', value: ISSUER, expires: 'never' },
      `Every request with a token of <${ISSUER}> is refused, until somebody takes it back.`,
    ],
  ] as const)('says what %j will do', (rest, expected) => {
    expect(sentence(rest)).toBe(expected)
  })
})
