/** A difference as sections of items: the one form behind the terminal's view and Markdown. */
import { type Code, describeGain, describeLoss, describeMatch, durationOf, type When } from './describe.ts'
import type { Difference, HostChange, WordingChange } from './difference.ts'
import type { EnvironmentChange } from './environments.ts'
import type { Change, LaterChange, RouteChange } from './routes.ts'
import type { MemberChange, ScopeChange } from './scopes.ts'

/** What one item is about, how it was and is, and what follows from that. */
export interface Item {
  readonly subject: string
  readonly before?: string
  readonly after?: string
  readonly notes: readonly string[]
}

export interface Section {
  readonly title: string
  readonly items: readonly Item[]
  /** Not what a reviewer has to look at first. */
  readonly isAside: boolean
}

/** How names and free texts of the map are written. */
export interface Voice {
  readonly code: Code
  readonly text: (text: string) => string
}

/** Sections that hold something, what weighs most first. */
export function reportOf(difference: Difference, voice: Voice): readonly Section[] {
  const { routes, later, scopes, hosts, environments = [], wording } = difference
  const named = routes.filter(({ isSpelling }) => !isSpelling)
  const section = (title: string, items: readonly Item[], isAside = false): Section => ({ title, items, isAside })
  const routesThat = (title: string, isMeant: (route: RouteChange) => boolean) =>
    section(
      title,
      named.filter(isMeant).map((route) => routeItem(route, voice)),
    )
  const became = (change: Change) => (route: RouteChange) => route.change === change && !route.becomesPublic
  return [
    routesThat('Public now', ({ becomesPublic }) => becomesPublic),
    routesThat('Looser', became('looser')),
    routesThat('Looser for some, stricter for others', became('both')),
    routesThat('Newly open', became('opened')),
    routesThat('Newly closed', became('closed')),
    routesThat('Stricter', became('stricter')),
    routesThat('Otherwise different', became('same')),
    section(
      'By themselves, later',
      later.map((each) => laterItem(each, voice)),
    ),
    section(
      'Environments',
      environments.map((each) => environmentItem(each, voice)),
    ),
    section(
      'Hosts',
      hosts.map((each) => hostItem(each, voice)),
    ),
    section(
      'Scopes',
      scopes.map((each) => scopeItem(each, voice)),
    ),
    section(
      'Other spellings of paths: case, suffixes, a final slash',
      routes.filter(({ isSpelling }) => isSpelling).map((route) => spellingItem(route, voice)),
      true,
    ),
    section(
      'Wording',
      wording.map((each) => wordingItem(each, voice)),
      true,
    ),
  ].filter(({ items }) => items.length > 0)
}

function routeItem(change: RouteChange, { code }: Voice): Item {
  const { route } = change
  const [before, after] = [describeSide(change.before, route, code), describeSide(change.after, route, code)]
  // Where the rule asks what it asked, its scopes have changed, and the notes say how.
  return {
    subject: code(route),
    ...(before !== after && { before, after }),
    notes: [...whereTheyMeet(change, code), ...notesOf(change, code)],
  }
}

/** Two rules meet at some paths of theirs, not at all: one of those. */
function whereTheyMeet({ route, before, after, example }: RouteChange, code: Code): readonly string[] {
  const request = `${example.method} ${example.host}${example.path}`
  const isOfTwo = before.kind === 'rule' && after.kind === 'rule' && before.rule.id !== after.rule.id
  return isOfTwo && request !== route ? [`for requests like ${code(request)}`] : []
}

/** What is asked, and by which rule where that is another than the item is about. */
function describeSide(match: RouteChange['before'], route: string, code: Code): string {
  const by = match.kind === 'rule' && match.rule.id !== route ? ` (${code(match.rule.id)})` : ''
  return describeMatch(match, code) + by
}

function notesOf(
  { comparison, introspection, revocation, methods, before, after }: RouteChange,
  code: Code,
  when: When = 'now',
): readonly string[] {
  const { gains, losses, mayGain, mayLose, proofs } = comparison
  const rules = [before, after].map((match) => (match.kind === 'rule' ? match.rule.method : undefined))
  return [
    ...gains.map((witness) => describeGain(witness, code, when)),
    ...losses.map((witness) => describeLoss(witness, code, when)),
    ...(mayGain
      ? ['cannot tell whether somebody gets in now: there are too many ways through it; treated as looser']
      : []),
    ...(mayLose
      ? ['cannot tell whether somebody is refused now: there are too many ways through it; treated as stricter']
      : []),
    ...(proofs === 'reusable' ? ['a DPoP proof may be used again'] : []),
    ...(proofs === 'single-use' ? ['a DPoP proof serves once'] : []),
    ...(introspection === 'no longer'
      ? [
          'the authorization server is not asked on each request any more: a revoked token may pass until what is remembered of it ends',
        ]
      : []),
    ...(introspection === 'always' ? ['the authorization server is asked on each request'] : []),
    ...(revocation === 'no longer'
      ? ['the revocation log is not asked on each request any more: a revoked token may pass for some seconds']
      : []),
    ...(revocation === 'strict' ? ['the revocation log is asked on each request'] : []),
    ...(rules.includes('ANY') && methods.length < 7 ? [`for ${methods.join(', ')}`] : []),
  ]
}

const CHANGES: Readonly<Record<Change, string>> = {
  opened: 'opens',
  closed: 'closes',
  looser: 'becomes looser',
  stricter: 'becomes stricter',
  both: 'becomes looser for some and stricter for others',
  same: 'becomes what it was',
}

function laterItem({ day, change }: LaterChange, voice: Voice): Item {
  return {
    subject: `${day} ${voice.code(change.route)} ${CHANGES[change.change]}`,
    notes: notesOf(change, voice.code, 'then'),
  }
}

function spellingItem({ route, example, change, before, after }: RouteChange, { code }: Voice): Item {
  const rule = before.kind === 'rule' ? before.rule.id : after.kind === 'rule' ? after.rule.id : route
  const what = change === 'closed' ? 'refused as ambiguous now' : 'no longer refused as ambiguous'
  return {
    subject: code(`${example.method} ${example.host}${example.path}`),
    notes: [`paths like it are ${what}; ${code(rule)} ${change === 'closed' ? 'let them in' : 'decides them'}`],
  }
}

function environmentItem({ environment, path, kind, before, after, effect }: EnvironmentChange, { code }: Voice): Item {
  const isListed = typeof (after ?? before) === 'string' && path.at(-1) === (after ?? before)
  return {
    subject: [code(environment), ...path.map(code)].join(' '),
    ...(kind !== 'added' && !isListed && { before: code(JSON.stringify(before)) }),
    ...(kind !== 'removed' && !isListed && { after: code(JSON.stringify(after)) }),
    notes: [effect === 'fact' ? kind : `${kind}: ${effect}`],
  }
}

const hostItem = ({ host, allowed, refused }: HostChange, { code }: Voice): Item => ({
  subject: code(host),
  notes: [
    ...(allowed.length === 0 ? [] : [`looser: paths may hold ${allowed.map(code).join(', ')}`]),
    ...(refused.length === 0 ? [] : [`stricter: paths may no longer hold ${refused.map(code).join(', ')}`]),
  ],
})

const wordingItem = ({ subject, members }: WordingChange, { code }: Voice): Item => ({
  subject: code(subject),
  notes: [members.map(code).join(', ')],
})

function scopeItem(change: ScopeChange, voice: Voice): Item {
  const { code, text } = voice
  const subject = code(change.scope)
  if (change.kind === 'added' || change.kind === 'removed') {
    const { owner, sensitivity, reason } = change.entry
    return { subject, notes: [`${change.kind}: owned by ${text(owner)}, sensitivity ${sensitivity}. ${text(reason)}`] }
  }
  const members = change.members.flatMap((member) => memberTexts(member, voice))
  const renamed =
    change.kind === 'renamed' ? [`probably renamed: it was ${code(change.from)}, which grants nothing any more`] : []
  return { subject, notes: [...renamed, ...members] }
}

/** What reviewers call it, where that is not the member's own name. */
const MEMBERS: Partial<Record<MemberChange['member'], string>> = {
  owner: 're-owned',
  maxTokenAgeSeconds: 'maxTokenAge',
  maxLifetimeSeconds: 'maxLifetime',
  senderConstraint: 'senderConstrained',
}

/** One line a member; of members that hold others, one for each of those that differs. */
function memberTexts({ member, before, after }: MemberChange, voice: Voice): readonly string[] {
  const name = MEMBERS[member] ?? member
  if (Array.isArray(before ?? after)) return [`${name}: ${listText(before, after, voice)}`]
  if (!isObject(before) || !isObject(after))
    return [`${name}: ${valueText(before, voice)} → ${valueText(after, voice)}`]
  const [old, next] = [new Map(Object.entries(before)), new Map(Object.entries(after))]
  return [...new Set([...old.keys(), ...next.keys()])]
    .filter((inner) => JSON.stringify(old.get(inner)) !== JSON.stringify(next.get(inner)))
    .map((inner) => `${name}.${inner}: ${valueText(old.get(inner), voice)} → ${valueText(next.get(inner), voice)}`)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function listText(before: unknown, after: unknown, { code }: Voice): string {
  const [old, next] = [before, after].map((list) => (Array.isArray(list) ? list.map(String) : []))
  const added = next?.filter((item) => !old?.includes(item)) ?? []
  const removed = old?.filter((item) => !next?.includes(item)) ?? []
  return [...added.map((item) => `+ ${code(item)}`), ...removed.map((item) => `− ${code(item)}`)].join(', ')
}

function valueText(value: unknown, { code, text }: Voice): string {
  if (value === undefined) return 'none'
  if (typeof value === 'number') return durationOf(value)
  return typeof value === 'string' ? text(value) : code(JSON.stringify(value))
}
