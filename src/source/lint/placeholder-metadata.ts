/** Owners and reasons that stand for something still to be written: who reviews the map takes them for an answer. */
import { type Finding, quoted } from '../diagnostic.ts'
import { type DeclaredRule, type DeclaredScope, type DeclaredService, ruleId } from '../model.ts'
import type { WholeLint } from './lint.ts'

export const placeholderMetadata: WholeLint = {
  rule: 'placeholder-metadata',
  find: ({ services, scopes, rules }) => [
    ...services.flatMap(checkService),
    ...scopes.flatMap((scope) => checkScope(scope, services)),
    ...rules.flatMap(checkRule),
  ],
}

/** Whole texts that say nothing, and words that a text which says nothing begins with. */
const EMPTY =
  /^(?:[\W_]*|n\/?a|none|null|unknown|unassigned|nobody|someone|somebody|placeholder|change[ _-]?me|replace[ _-]?me|reason|owner|description|lorem ipsum.*)[\W_]*$/iu
const UNFINISHED = /^\W*(?:todo|tbd|tba|tbc|fixme|xxx+)\b/i

const saysNothing = (text: string): boolean => EMPTY.test(text) || UNFINISHED.test(text)

const checkService = ({ name, owner, description, at }: DeclaredService): readonly Finding[] =>
  (
    [
      ['owner', owner],
      ['description', description],
    ] as const
  )
    .filter(([, text]) => saysNothing(text))
    .map(([key, text]) => describe(at, name, `the ${key} of the service ${quoted(name)}`, text))

function checkScope(
  { name, service, owner, reason, at }: DeclaredScope,
  services: readonly DeclaredService[],
): readonly Finding[] {
  // A scope without an owner of its own has its service's, which is reported there.
  const isOwn = saysNothing(owner) && services.find((each) => each.name === service)?.owner !== owner
  const ofOwner = isOwn ? [describe(at, name, `the owner of ${quoted(name)}`, owner)] : []
  const isReason = !saysNothing(reason) && reason !== name
  return isReason ? ofOwner : [...ofOwner, describe(at, name, `the reason of ${quoted(name)}`, reason)]
}

function checkRule(rule: DeclaredRule): readonly Finding[] {
  const { requirement, at } = rule
  if (requirement.kind === 'scopes' || !saysNothing(requirement.reason)) return []
  const id = ruleId(rule)
  return [describe(at, id, `the reason why ${quoted(id)} is ${requirement.kind}`, requirement.reason)]
}

const describe = (at: Finding['at'], subject: string, what: string, text: string): Finding => ({
  at,
  subject,
  message: `${what} is ${quoted(text)}, which says nothing`,
  help: 'write a name that somebody answers to, or a sentence that a reviewer can disagree with',
})
