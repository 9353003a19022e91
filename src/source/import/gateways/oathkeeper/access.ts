/** Whom the handlers of a rule let in. Authenticators are asked in order; the first that finds itself responsible decides. */
import { type Place, quoted } from '../../../diagnostic.ts'
import type { FailOpen } from '../../imported.ts'
import { type Access, AUTHENTICATED, both, isSame, NOBODY, PUBLIC } from '../access.ts'
import { field, sameness, textOf, textsOf } from '../node.ts'
import type { Note } from '../plan.ts'
import { allOfAny, anyOfSets, type Reading } from '../scope-list.ts'
import type { TokenSettings } from '../token-settings.ts'
import type { Handler, OathkeeperRule } from './rules.ts'
import { satisfying, strategyOf } from './strategy.ts'

export interface RuleAccess extends Reading {
  readonly failOpen: readonly FailOpen[]
  /** Of its first authenticator that looks at tokens. */
  readonly settings?: TokenSettings
}

export function accessOfRule(rule: OathkeeperRule, construct: string): RuleAccess {
  if (rule.fault !== undefined) return refused(`Oathkeeper answers with 500 what it matches: ${rule.fault}`)
  if (rule.authorizer?.name === 'deny') return { access: NOBODY, notes: [], failOpen: [] }
  const withoutToken = answerWithoutToken(rule.authenticators)
  const readers = rule.authenticators.slice(0, endOf(rule.authenticators)).filter(({ name }) => READERS.has(name))
  const token = readings(readers, rule.authenticators, construct)
  const authorizer = authorizerNotes(rule.authorizer)
  const settings = readers[0] && settingsOf(readers[0])
  const open = withoutToken === 'allow'
  const closing = open ? optional(token, construct, rule) : token
  return {
    access: closing.access,
    notes: [...closing.notes, ...authorizer, ...otherHandlers(rule.authenticators)],
    failOpen: closing.failOpen,
    ...(settings && closing.access.kind !== 'public' && { settings }),
  }
}

const refused = (message: string): RuleAccess => ({
  access: NOBODY,
  notes: [{ verdict: 'unrepresentable', message }],
  failOpen: [],
})

/** Those that read the bearer token that a map speaks of. */
const READERS: ReadonlySet<string> = new Set(['jwt', 'oauth2_introspection'])
/** Those that answer every request that comes to them. */
const FINAL: ReadonlySet<string> = new Set(['noop', 'unauthorized'])

/** Behind one that always answers nobody is asked. */
function endOf(authenticators: readonly Handler[]): number {
  const final = authenticators.findIndex(({ name }) => FINAL.has(name))
  return final < 0 ? authenticators.length : final
}

function answerWithoutToken(authenticators: readonly Handler[]): 'allow' | 'deny' {
  const responsible = authenticators.find(({ name }) => FINAL.has(name) || name === 'anonymous')
  return responsible === undefined || responsible.name === 'unauthorized' ? 'deny' : 'allow'
}

type Judged = Reading & { readonly failOpen: readonly FailOpen[] }

function readings(readers: readonly Handler[], all: readonly Handler[], construct: string): Judged {
  const [first, ...others] = readers.map((reader) => readerAccess(reader, construct))
  const final = all[endOf(all)]
  if (first === undefined) return { access: final?.name === 'noop' ? AUTHENTICATED : NOBODY, notes: [], failOpen: [] }
  const access = others.reduce((sum: Access, other) => both(sum, other.access) ?? NOBODY, first.access)
  const isMixed = others.some((other) => !isSame(other.access, first.access))
  const mixed: Note = {
    verdict: 'stricter',
    message: 'JWTs and opaque tokens need different scopes there; here every token needs those of both',
  }
  const judged = [first, ...others]
  return {
    access,
    notes: [...judged.flatMap(({ notes }) => notes), ...(isMixed ? [mixed] : [])],
    failOpen: judged.flatMap(({ failOpen }) => failOpen),
  }
}

const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  jwt: [
    'required_scope',
    'scope_strategy',
    'target_audience',
    'trusted_issuers',
    'allowed_algorithms',
    'jwks_urls',
    'jwks_max_wait',
    'jwks_ttl',
    'token_from',
  ],
  oauth2_introspection: [
    'required_scope',
    'scope_strategy',
    'target_audience',
    'trusted_issuers',
    'introspection_url',
    'pre_authorization',
    'token_from',
    'introspection_request_headers',
    'retry',
    'cache',
    'prefix',
    'preserve_host',
  ],
}

function readerAccess(handler: Handler, construct: string): Judged {
  const unknown = handler.ownKeys.find((key) => !KNOWN_KEYS[handler.name]?.includes(key))
  if (unknown !== undefined)
    return refused(`its ${quoted(handler.name)} has the setting ${quoted(unknown)}, which is not understood`)
  const required = textsOf(handler.setting('required_scope'))
  if (required === undefined) return refused('its `required_scope` is no list of texts')
  const notes = readerNotes(handler)
  if (required.length === 0) return { access: AUTHENTICATED, notes, failOpen: [] }
  const strategy = strategyOf(textOf(handler.setting('scope_strategy')))
  if (strategy === 'none') return withoutStrategy(handler, construct)
  const lists = required.map((scope) => satisfying(scope, strategy))
  const sets = lists.every((list) => list !== undefined) ? allOfAny(lists) : undefined
  const reading = sets && anyOfSets(sets)
  if (reading !== undefined && !reading.notes.some(({ verdict }) => verdict === 'unrepresentable'))
    return { access: reading.access, notes: [...notes, ...reading.notes], failOpen: [] }
  const exact = anyOfSets([required])
  const message = `too many sets of scopes would do by the strategy ${quoted(strategy)}: only the names as they are written do`
  return { access: exact.access, notes: [...notes, ...exact.notes, { verdict: 'stricter', message }], failOpen: [] }
}

/** The JWT handler fails on every request; the other one does not look at scopes at all. */
function withoutStrategy({ name, at }: Handler, construct: string): Judged {
  const help =
    'write the `scope_strategy` that is meant into the rule, or import the configuration of Oathkeeper with it'
  if (name === 'jwt')
    return {
      ...refused('its `required_scope` has no `scope_strategy`: Oathkeeper answers with 500'),
      notes: [
        {
          verdict: 'unrepresentable',
          message: 'its `required_scope` has no `scope_strategy`: Oathkeeper answers with 500',
          help,
        },
      ],
    }
  const message =
    'its `required_scope` has no `scope_strategy`, so Oathkeeper itself does not check it: every active token gets in'
  return {
    access: NOBODY,
    notes: [
      {
        verdict: 'unrepresentable',
        message: 'its `required_scope` has no `scope_strategy`: what it is to mean must be said',
        help,
      },
    ],
    failOpen: [{ construct, at, message }],
  }
}

function readerNotes(handler: Handler): readonly Note[] {
  const from = handler.setting('token_from')
  const isElsewhere = from !== undefined && textOf(field(from, 'header'))?.toLowerCase() !== 'authorization'
  const prefix = textOf(handler.setting('prefix'))
  return [
    ...(isElsewhere
      ? [
          {
            verdict: 'stricter',
            message: 'its token comes in another place; the gate takes it from the `Authorization` header alone',
          } as const,
        ]
      : []),
    ...(prefix === undefined
      ? []
      : [
          {
            verdict: 'looser',
            message: 'it takes only tokens with a prefix, and the map does not look at that',
          } as const,
        ]),
  ]
}

function settingsOf(handler: Handler): TokenSettings {
  const names = ['target_audience', 'trusted_issuers', 'jwks_urls', 'introspection_url']
  return new Map(
    names.flatMap((name) => (handler.setting(name) === undefined ? [] : [[name, sameness(handler.setting(name))]])),
  )
}

/** Whoever leaves out the token gets in, so that every rule about it is void. */
function optional(token: Judged, construct: string, { at, authenticators }: OathkeeperRule): Judged {
  const handler = authenticators.find(({ name }) => name === 'anonymous' || name === 'noop')
  const place: Place = handler?.at ?? at
  const message = `its authenticator ${quoted(handler?.name ?? '')} lets everybody in who sends no token`
  const scoped: Note = {
    verdict: 'looser',
    message: 'a token without the scopes was refused, and the same caller without a token was not',
  }
  const isVoid = token.access.kind === 'scopes' || token.notes.some(({ verdict }) => verdict === 'unrepresentable')
  return {
    access: PUBLIC,
    notes: isVoid ? [scoped] : [],
    failOpen: [...token.failOpen, { construct, at: place, message }],
  }
}

function authorizerNotes(authorizer: Handler | undefined): readonly Note[] {
  if (authorizer === undefined || authorizer.name === 'allow') return []
  return [
    {
      verdict: 'looser',
      message: `its authorizer ${quoted(authorizer.name)} asks elsewhere who may pass, and no map does`,
    },
  ]
}

const SILENT: ReadonlySet<string> = new Set([...READERS, ...FINAL, 'anonymous'])

/** Those that take every bearer token for theirs, so that none reaches what comes behind them. */
const TAKERS: ReadonlySet<string> = new Set(['bearer_token', 'remote_json'])

function otherHandlers(authenticators: readonly Handler[]): readonly Note[] {
  return authenticators.flatMap(({ name }, index): readonly Note[] => {
    if (SILENT.has(name)) return []
    const isBefore = TAKERS.has(name) && authenticators.slice(index).some((other) => READERS.has(other.name))
    const taken: Note = {
      verdict: 'looser',
      message: `its authenticator ${quoted(name)} is asked first, and refuses tokens that the one behind it would let in`,
    }
    const message = `what its authenticator ${quoted(name)} lets in is refused: a map knows tokens alone`
    return [{ verdict: 'stricter', message }, ...(isBefore ? [taken] : [])]
  })
}
