/** Whether what a rule about incidents says goes together: one trigger with its members, and a response that can only meet whom the events are about. */
import type { z } from 'zod'
import type { DenialCode } from '../policy/denial.ts'
import { detailsOf, isOfVerified } from '../policy/denial-details.ts'
import type { IncidentGrouping, IncidentTrigger, ResponseTarget } from '../policy/incident.ts'
import { BUILTIN_INCIDENTS } from './builtin-incidents.ts'
import { type DiagnosticRule, quoted, quotedList } from './diagnostic.ts'
import { params } from './fields.ts'
import type { RuleDeclaration } from './incident-rule-schema.ts'
import { didYouMean } from './suggest.ts'

type TriggerKind = IncidentTrigger['kind']
type Member = keyof RuleDeclaration & string

const TRIGGER_KEYS = { denials: 'denials', firstUse: 'first-use', notice: 'notice' } as const satisfies Readonly<
  Partial<Record<Member, TriggerKind>>
>

/** The members that only one kind of trigger has. */
const MEMBERS_OF: Readonly<Record<TriggerKind, readonly Member[]>> = {
  denials: ['denials', 'details', 'by', 'count', 'within'],
  'first-use': ['firstUse', 'scopes', 'remember', 'learn'],
  notice: ['notice'],
}

/** What the events of a group have in common besides what they are grouped by. */
const COMMON: Readonly<Record<IncidentGrouping, readonly ResponseTarget[]>> = {
  token: ['token', 'subject', 'client'],
  subject: ['subject'],
  client: ['client'],
  issuer: [],
  rule: [],
  service: [],
  all: [],
}

/** What does not go together, and where in the rule. */
interface Flaw {
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly help: string
  readonly rule?: DiagnosticRule
}

type Builtin = (typeof BUILTIN_INCIDENTS)[number]

export function checkRules(rules: Readonly<Record<string, RuleDeclaration>>, context: z.RefinementCtx): void {
  for (const [name, declared] of Object.entries(rules))
    for (const { path, message, ...others } of flawsOf(name, declared))
      context.addIssue({ code: 'custom', path: [name, ...path], message, params: params(others) })
}

function flawsOf(name: string, declared: RuleDeclaration): readonly Flaw[] {
  const builtin = BUILTIN_INCIDENTS.find((each) => each.name === name)
  if (declared.off !== undefined) return flawsOfOff(name, declared, builtin)
  const written = Object.entries(TRIGGER_KEYS).filter(([key]) => declared[key as Member] !== undefined)
  const kind = builtin?.trigger.kind ?? written[0]?.[1]
  if (kind === undefined) return [withoutTrigger(name)]
  return [
    ...foreignMembers(declared, kind, builtin),
    ...(builtin === undefined ? missingMembers(declared, kind) : []),
    ...(kind === 'denials' ? wrongDetails(declared, builtin?.trigger) : []),
    ...(declared.respond === undefined ? [] : impossibleResponse(declared, kind, builtin?.trigger)),
  ]
}

const BUILTIN_NAMES = BUILTIN_INCIDENTS.map(({ name }) => name)

function flawsOfOff(name: string, declared: RuleDeclaration, builtin: Builtin | undefined): readonly Flaw[] {
  const others = Object.keys(declared).filter((key) => key !== 'off' && declared[key as Member] !== undefined)
  const useless = others.slice(0, 1).map(
    (other): Flaw => ({
      path: [other],
      message: `\`${other}\` has no effect in a rule that is off`,
      help: 'remove it, or `off`',
    }),
  )
  if (builtin !== undefined) return useless
  const message = `there is no built-in rule ${quoted(name)} that could be switched off`
  const help = didYouMean(name, BUILTIN_NAMES) ?? `the built-in rules are ${quotedList(BUILTIN_NAMES)}`
  return [...useless, { path: ['off'], message, help }]
}

const withoutTrigger = (name: string): Flaw => ({
  path: ['denials'],
  message: '',
  help: didYouMean(name, BUILTIN_NAMES) ?? 'say what makes it an incident: write `denials`, `firstUse` or `notice`',
})

const foreignMembers = (declared: RuleDeclaration, kind: TriggerKind, builtin: Builtin | undefined): readonly Flaw[] =>
  Object.entries(MEMBERS_OF)
    .flatMap(([other, members]) => (other === kind ? [] : members))
    .filter((member) => declared[member] !== undefined)
    .map((member) => ({
      path: [member],
      message: `a rule about ${WORDS[kind]} has no use for \`${member}\``,
      help:
        builtin === undefined
          ? 'a rule has one trigger: remove it, or write a second rule'
          : 'the built-in rule of this name is one: remove it, or give yours another name',
    }))

const WORDS: Readonly<Record<TriggerKind, string>> = {
  denials: 'refusals',
  'first-use': 'first uses',
  notice: 'notices',
}

function missingMembers(declared: RuleDeclaration, kind: TriggerKind): readonly Flaw[] {
  const needed: Readonly<Partial<Record<Member, string>>> = {
    severity: 'say how bad it is: low, medium, high or critical',
    description: 'say in a sentence what it means, and what to do',
    ...(kind === 'denials' && {
      by: 'say what they have in common: token, subject, client, issuer, rule, service, or all',
      count: 'say how many make an incident',
      within: 'say within how long, such as `1m`',
    }),
  }
  return Object.entries(needed)
    .filter(([member]) => declared[member as Member] === undefined)
    .map(([member, help]) => ({ path: [member], message: '', help }))
}

type Denials = Extract<IncidentTrigger, { readonly kind: 'denials' }>

function denialsOf(
  declared: RuleDeclaration,
  builtin: IncidentTrigger | undefined,
): { readonly codes: readonly DenialCode[]; readonly details: readonly string[] | undefined } {
  const usual: Partial<Denials> = builtin?.kind === 'denials' ? builtin : {}
  // Details belong to the codes that they stand beside.
  const details = declared.details ?? (declared.denials === undefined ? usual.details : undefined)
  return { codes: declared.denials ?? usual.codes ?? [], details }
}

function wrongDetails(declared: RuleDeclaration, builtin: IncidentTrigger | undefined): readonly Flaw[] {
  const { codes } = denialsOf(declared, builtin)
  const known = codes.flatMap(detailsOf)
  return (declared.details ?? []).flatMap((detail, index) =>
    known.includes(detail)
      ? []
      : [
          {
            path: declared.details?.length === 1 ? ['details'] : ['details', index],
            message: `no refusal of the codes ${quotedList(codes)} has the detail ${quoted(detail)}`,
            help: known.length === 0 ? 'they have no details: remove `details`' : `they have ${quotedList(known)}`,
          },
        ],
  )
}

const RULE = 'impossible-response'

/** INVARIANT (no framing): what is done by itself meets nobody in whose name others can bring the events about. */
function impossibleResponse(
  declared: RuleDeclaration,
  kind: TriggerKind,
  builtin: IncidentTrigger | undefined,
): readonly Flaw[] {
  const { revoke } = declared.respond ?? {}
  const refuse = (path: readonly string[], message: string, help: string) => [
    { path, message, help, rule: RULE } as const,
  ]
  const at = ['respond', revoke === undefined ? 'suspend' : 'revoke']
  if (kind === 'notice')
    return refuse(['respond'], 'a notice is about the gate itself, and not about anybody', 'remove `respond`')
  if (kind === 'first-use')
    return revoke === undefined || revoke === 'client'
      ? []
      : refuse(
          at,
          `a first use is about a client, not about one ${revoke}`,
          'write `revoke: client`, or `suspend: scope`',
        )
  if (revoke === undefined)
    return refuse(at, 'only a first use is about one scope', 'write `revoke: token`, or remove `respond`')
  const by = declared.by ?? (builtin?.kind === 'denials' ? builtin.by : undefined)
  if (by !== undefined && !COMMON[by].includes(revoke)) {
    const groups = Object.entries(COMMON).flatMap(([group, targets]) => (targets.includes(revoke) ? [group] : []))
    const help = `count them \`by\` ${groups.map(quoted).join(' or ')}`
    return refuse(at, `events that are counted by ${by} have no ${revoke} in common`, help)
  }
  const { codes, details } = denialsOf(declared, builtin)
  const open = codes.find((code) => !isOfVerified(code, details))
  if (open === undefined) return []
  return refuse(
    ['respond'],
    `anybody can bring about ${quoted(open)} in the name of others: who it was is not known`,
    'respond to refusals of verified tokens alone, such as `scope_insufficient`, or of `token_invalid` with `details: revoked`',
  )
}
