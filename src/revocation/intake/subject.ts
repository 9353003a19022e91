/** Whom an event is about (RFC 9493, SSF 1.0 section 3) -> the names by which access tokens can be found. */
import type { MarkedClaim, Matching } from '../../policy/mark.ts'
import { canonicalEmail } from '../../policy/principal.ts'
import type { SignalTransmitter } from '../../policy/revocation-policy.ts'
import { array, Malformed, nonEmpty, object, text } from '../../policy/untrusted.ts'
import type { Named, Setting } from './entries.ts'

export interface Subject {
  /** One for each name that the subject is known by; nobody where no token has one of them. */
  readonly named: readonly Named[]
  /** Members of a complex subject that no token has. */
  readonly unprocessed: readonly string[]
}

interface Name {
  readonly kind: MarkedClaim
  readonly value: string
}

/** What each format consists of, besides `format` (RFC 9493 section 3.2, SSF 1.0 section 3.4, RFC 9967 section 2.1); `?`: may be left out. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  account: ['uri'],
  email: ['email'],
  iss_sub: ['iss', 'sub'],
  opaque: ['id'],
  phone_number: ['phone_number'],
  did: ['url'],
  uri: ['uri'],
  aliases: ['identifiers'],
  jwt_id: ['iss', 'jti'],
  saml_assertion_id: ['issuer', 'assertion_id'],
  'ip-addresses': ['ip-addresses'],
  scim: ['uri', 'externalId?', 'id?'],
}

/** Members of a complex subject, the one that a mark is kept under first; a group or a unit is in no token. */
const MEMBERS: Readonly<Record<string, MarkedClaim | undefined>> = {
  user: 'subject',
  session: 'session',
  device: 'device',
  tenant: 'tenant',
  application: 'client',
  org_unit: undefined,
  group: undefined,
}

/** Of somebody or something in one of these, who cannot be told apart, all of it would be meant. */
const BROAD: readonly string[] = ['tenant', 'application']

/**
 * @param opaque what an identifier that only its sender understands is the name of, where the subject is nothing else
 * @throws Malformed where it is not what its format says (RFC 9493 section 3)
 */
export function readSubject(
  value: unknown,
  opaque: readonly MarkedClaim[],
  setting: Setting<SignalTransmitter>,
): Subject {
  const subject = object(value, 'subject')
  const format = formatOf(subject, setting.sender)
  if (format === 'complex' || (format === undefined && Object.keys(MEMBERS).some((key) => Object.hasOwn(subject, key))))
    return complexSubject(subject, setting)
  const names = namesOf(subject, opaque, 'subject', setting)
  return { named: names.map((name) => ({ target: targetOf(name, setting) })), unprocessed: [] }
}

function complexSubject(subject: Record<string, unknown>, setting: Setting<SignalTransmitter>): Subject {
  const keys = Object.keys(subject).filter((key) => key !== 'format' && key !== 'subject_type')
  const order = [...Object.keys(MEMBERS), ...keys.filter((key) => !Object.hasOwn(MEMBERS, key))]
  const members = order
    .filter((key) => Object.hasOwn(subject, key) && key !== 'format')
    .map((key) => {
      const kind = Object.hasOwn(MEMBERS, key) ? MEMBERS[key] : undefined
      const read = object(subject[key], 'a member of the subject')
      return { key, names: kind === undefined ? [] : namesOf(read, [kind], kind, setting) }
    })
  if (members.length === 0) throw new Malformed('subject has no member')
  const [key, ...others] = members.filter(({ names }) => names.length > 0)
  const unprocessed = members.filter(({ names }) => names.length === 0).map((member) => member.key)
  const isTooBroad = key !== undefined && BROAD.includes(key.key) && unprocessed.length > 0
  if (key === undefined || isTooBroad) return { named: [], unprocessed }
  const agreements = others.reduce<readonly Matching[]>(
    (all, { names }) =>
      atMost(
        MAX_NAMES,
        all.flatMap((matching) => names.map((name) => ({ ...matching, ...matchOf(name, setting) }))),
      ),
    [{}],
  )
  const named = key.names.flatMap((name) =>
    agreements.map((matching) => ({
      target: targetOf(name, setting),
      ...(others.length > 0 && { matching }),
    })),
  )
  return { named: atMost(MAX_NAMES, named), unprocessed }
}

/** Of several names of a session or a device a token has one: each is looked for. */
const matchOf = (name: Name, setting: Setting): Matching => ({
  [kindOf(name, setting)]: spelledAsTokens(name, setting),
})

const kindOf = ({ kind }: Name, { sender }: Setting): MarkedClaim =>
  kind === 'subject' ? (sender.knownAs ?? kind) : kind

/** Each leaves an entry in the log. */
const MAX_NAMES = 64
const MAX_ALIASES = 16

function atMost<T>(most: number, items: readonly T[]): readonly T[] {
  if (items.length > most) throw new Malformed('subject has too many names')
  return items
}

const targetOf = (name: Name, setting: Setting): Named['target'] => ({
  kind: kindOf(name, setting),
  issuer: setting.sender.issuer,
  value: spelledAsTokens(name, setting),
})

/** Clients are called as principals are. */
function spelledAsTokens({ kind, value }: Name, { issuers, sender }: Setting): string {
  const prefix = issuers.find(({ issuer }) => issuer === sender.issuer)?.clientPrefix ?? ''
  return kind === 'client' ? prefix + value : value
}

/** What the format says it is; none where nothing in an access token is like it. Formats that came later are none, too. */
function namesOf(
  identifier: Record<string, unknown>,
  opaque: readonly MarkedClaim[],
  own: MarkedClaim,
  setting: Setting<SignalTransmitter>,
): readonly Name[] {
  const { sender } = setting
  const format = formatOf(identifier, sender)
  if (format === undefined) throw new Malformed('subject has no format')
  if (!Object.hasOwn(FORMATS, format)) return []
  exactly(identifier, FORMATS[format] ?? [], sender)
  switch (format) {
    case 'iss_sub':
      return isOurs(identifier.iss, sender) ? [{ kind: own, value: text(identifier.sub, 'sub') }] : []
    case 'opaque':
      return opaque.map((kind) => ({ kind, value: text(identifier.id, 'id') }))
    case 'email':
      return own === 'subject' ? [{ kind: 'email', value: canonicalEmail(text(identifier.email, 'email')) }] : []
    case 'jwt_id':
      return isOurs(identifier.iss, sender) ? [{ kind: 'jti', value: text(identifier.jti, 'jti') }] : []
    case 'scim':
      return provisionedUser(text(identifier.uri, 'uri'))
    case 'aliases':
      return atMost(MAX_ALIASES, nonEmpty(array(identifier.identifiers, 'identifiers'), 'identifiers')).flatMap(
        (each) => {
          const alias = object(each, 'identifiers')
          if (formatOf(alias, sender) === 'aliases') throw new Malformed('aliases lie in one another')
          return namesOf(alias, opaque, own, setting)
        },
      )
    default:
      return []
  }
}

/** A user is `/Users/<id>` (RFC 9967 section 2.1); other resources are in no token. */
function provisionedUser(uri: string): readonly Name[] {
  const id = /^\/?Users\/([^/]+)$/.exec(uri)?.[1]
  return id === undefined ? [] : [{ kind: 'subject', value: id }]
}

/** A sender speaks for one issuer alone, which may be called as it is itself. */
function isOurs(iss: unknown, { issuer, transmitter }: SignalTransmitter): boolean {
  const name = text(iss, 'iss')
  return name === issuer || name === transmitter
}

/** Google writes `subject_type`, with hyphens, and not `format`. */
function formatOf(identifier: Record<string, unknown>, { acceptsSubjectType }: SignalTransmitter): string | undefined {
  const { format, subject_type: older } = identifier
  if (format !== undefined) return text(format, 'format')
  return acceptsSubjectType && older !== undefined ? text(older, 'subject_type').replaceAll('-', '_') : undefined
}

function exactly(
  identifier: Record<string, unknown>,
  members: readonly string[],
  { acceptsSubjectType }: SignalTransmitter,
): void {
  const allowed = ['format', ...(acceptsSubjectType ? ['subject_type'] : []), ...members.map(withoutMark)]
  for (const key of Object.keys(identifier))
    if (!allowed.includes(key)) throw new Malformed('subject has a member that its format does not')
  for (const member of members)
    if (!member.endsWith('?') && !Object.hasOwn(identifier, member)) throw new Malformed(`subject has no ${member}`)
}

const withoutMark = (member: string): string => member.replace('?', '')
