/** What is said to people about a token, before anybody knows whether it becomes Markdown or HTML. */
import type { ConditionsEntry, DetailEntry, RuleEntry, StepUpEntry } from '../../policy/release.ts'
import type { SenderConstraint } from '../../policy/rule.ts'

/** Words, names that are shown as code, scopes of the catalogue, and addresses. */
export type Phrase = readonly (string | Name | ScopeReference | Link)[]

export interface Name {
  readonly code: string
}

export interface ScopeReference {
  readonly scope: string
}

/** `https://` alone: the map's schema says so. */
export interface Link {
  readonly link: string
  readonly text: string
}

/** What a token must be or have because of the conditions of a scope or a rule: each a phrase that follows "needs". */
export function conditionPhrases(conditions: ConditionsEntry): readonly Phrase[] {
  const { stepUp, maxTokenAgeSeconds, maxLifetimeSeconds, senderConstraint } = conditions
  return [
    ...(stepUp === undefined ? [] : [stepUpPhrase(stepUp)]),
    ...(maxTokenAgeSeconds === undefined ? [] : [[`a token issued at most ${durationText(maxTokenAgeSeconds)} ago`]]),
    ...(maxLifetimeSeconds === undefined ? [] : [[`a token made for at most ${durationText(maxLifetimeSeconds)}`]]),
    ...(senderConstraint === undefined ? [] : [[BINDINGS[senderConstraint]]]),
  ]
}

/** The same for what a rule asks of who calls and of `authorization_details`. */
export function callerPhrases({ clients, actors, authorizationDetails }: RuleEntry): readonly Phrase[] {
  return [
    ...(clients === undefined ? [] : [['a token of the client ', ...either(clients)]]),
    ...(actors === undefined ? [] : [actorsPhrase(actors)]),
    ...(authorizationDetails === undefined ? [] : [detailsPhrase(authorizationDetails)]),
  ]
}

const BINDINGS: Readonly<Record<SenderConstraint, string>> = {
  any: 'a token bound to its sender, by DPoP or mutual TLS',
  dpop: 'a token bound to a DPoP key',
  'dpop-single-use': 'a token bound to a DPoP key, with a new proof for each request',
  mtls: 'a token bound to a client certificate, by mutual TLS',
}

function stepUpPhrase({ acr, amr, maxAgeSeconds }: StepUpEntry): Phrase {
  const groups = amr?.map((methods) => joined(methods, ' and '))
  return [
    'a sign-in',
    ...(acr === undefined ? [] : [' of level ', ...either(acr)]),
    ...(groups === undefined
      ? []
      : [' by ', ...groups.flatMap((each, index) => (index > 0 ? [' or ', ...each] : each))]),
    ...(maxAgeSeconds === undefined ? [] : [` at most ${durationText(maxAgeSeconds)} ago`]),
  ]
}

const actorsPhrase = (actors: readonly string[]): Phrase =>
  actors.length === 0
    ? ['a token that nobody uses on behalf of somebody else']
    : ['a token that, on behalf of somebody else, only ', ...either(actors), ' may use']

function detailsPhrase(entries: readonly DetailEntry[]): Phrase {
  const phrases = entries.map(detailPhrase)
  return [
    { code: 'authorization_details' },
    ' with ',
    ...phrases.flatMap((each, index) => (index > 0 ? [', or ', ...each] : each)),
  ]
}

function detailPhrase({ type, actions, datatypes, privileges, match }: DetailEntry): Phrase {
  const lists: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['actions', actions],
    ['data types', datatypes],
    ['privileges', privileges],
  ]
  return [
    'the type ',
    { code: type },
    ...lists.flatMap(([name, values]) => (values === undefined ? [] : [`, the ${name} `, ...joined(values, ' and ')])),
    ...Object.entries(match ?? {}).flatMap(([pointer, value]) => [
      ', ',
      { code: pointer },
      ' equal to ',
      { code: value },
    ]),
  ]
}

const joined = (names: readonly string[], word: string): Phrase =>
  names.flatMap((code, index) => (index > 0 ? [word, { code }] : [{ code }]))

const either = (names: readonly string[]): Phrase => joined(names, ' or ')

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** In the largest unit of which there is a whole number, as the map's author wrote it. */
export function durationText(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds >= each && seconds % each === 0) ?? ['second', 1]
  const count = seconds / size
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
