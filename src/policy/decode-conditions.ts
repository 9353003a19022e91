/** What rules and scopes of a release ask besides scopes, checked (clause 1.3). */
import type { NonEmpty } from './result.ts'
import {
  type Conditions,
  type DetailRequirement,
  NO_CONDITIONS,
  SENDER_CONSTRAINTS,
  type SenderConstraint,
  type StepUp,
} from './rule.ts'
import { isScopeToken } from './scope.ts'
import { array, closed, Malformed, nonEmpty, object, seconds, text, texts } from './untrusted.ts'

export const CONDITION_KEYS = ['maxLifetimeSeconds', 'maxTokenAgeSeconds', 'senderConstraint', 'stepUp'] as const

/** The conditions of a rule or a scope; the one empty value where there are none. Throws `Malformed`. */
export function readConditions(entry: Record<string, unknown>, at: string): Conditions {
  if (CONDITION_KEYS.every((key) => entry[key] === undefined)) return NO_CONDITIONS
  return {
    ...(entry.stepUp !== undefined && { stepUp: readStepUp(entry.stepUp, `${at}.stepUp`) }),
    ...(entry.maxTokenAgeSeconds !== undefined && {
      maxTokenAgeSeconds: seconds(entry.maxTokenAgeSeconds, `${at}.maxTokenAgeSeconds`),
    }),
    ...(entry.maxLifetimeSeconds !== undefined && {
      maxLifetimeSeconds: seconds(entry.maxLifetimeSeconds, `${at}.maxLifetimeSeconds`),
    }),
    ...(entry.senderConstraint !== undefined && {
      senderConstraint: readSenderConstraint(entry.senderConstraint, `${at}.senderConstraint`),
    }),
  }
}

function readSenderConstraint(value: unknown, at: string): SenderConstraint {
  const constraint = SENDER_CONSTRAINTS.find((known) => known === value)
  if (constraint === undefined) throw new Malformed(`${at} is none of the known ones`)
  return constraint
}

function readStepUp(value: unknown, at: string): StepUp {
  const stepUp = closed(object(value, at), ['acr', 'amr', 'maxAgeSeconds'], at)
  if (Object.values(stepUp).every((member) => member === undefined)) throw new Malformed(`${at} asks for nothing`)
  return {
    ...(stepUp.acr !== undefined && { acr: readAcr(stepUp.acr, `${at}.acr`) }),
    ...(stepUp.amr !== undefined && { amr: readAmr(stepUp.amr, `${at}.amr`) }),
    ...(stepUp.maxAgeSeconds !== undefined && {
      maxAgeSeconds: seconds(stepUp.maxAgeSeconds, `${at}.maxAgeSeconds`),
    }),
  }
}

/** The values travel in a challenge, space-separated and quoted, so they have the characters of a scope-token (RFC 9470 section 3). */
function readAcr(value: unknown, at: string): NonEmpty<string> {
  const values = texts(value, at)
  if (!values.every(isScopeToken)) throw new Malformed(`${at} has a character that a challenge cannot carry`)
  return nonEmpty(values, at)
}

const readAmr = (value: unknown, at: string): NonEmpty<NonEmpty<string>> =>
  nonEmpty(
    array(value, at).map((group, index) => nonEmpty(texts(group, `${at}[${index}]`), `${at}[${index}]`)),
    at,
  )

const DETAIL_LISTS = ['actions', 'datatypes', 'privileges'] as const

/** `path` is the rule's template: a `{name}` that it does not have could never be met. Throws `Malformed`. */
export function readDetailRequirements(value: unknown, at: string, path: string): NonEmpty<DetailRequirement> {
  const requirements = array(value, at).map((item, index) => readDetailRequirement(item, `${at}[${index}]`, path))
  return nonEmpty(requirements, at)
}

function readDetailRequirement(value: unknown, at: string, path: string): DetailRequirement {
  const entry = closed(object(value, at), ['type', 'match', ...DETAIL_LISTS], at)
  const lists = DETAIL_LISTS.flatMap((name) =>
    entry[name] === undefined ? [] : [[name, nonEmpty(texts(entry[name], `${at}.${name}`), `${at}.${name}`)]],
  )
  return {
    type: text(entry.type, `${at}.type`),
    ...Object.fromEntries(lists),
    ...(entry.match !== undefined && { match: readMatch(entry.match, `${at}.match`, path) }),
  }
}

/** RFC 6901 section 3. */
export const JSON_POINTER = /^(?:\/(?:[^~/]|~[01])*)+$/

function readMatch(value: unknown, at: string, path: string): Readonly<Record<string, string>> {
  const match = object(value, at)
  for (const [pointer, wanted] of Object.entries(match)) {
    if (!JSON_POINTER.test(pointer)) throw new Malformed(`${at} has a key that is no JSON pointer`)
    // Braces that name no parameter would match nothing, or only themselves; a tail is not one value.
    const braced = /[{}]/.test(text(wanted, `${at}.${pointer}`))
    if (braced && (String(wanted).endsWith('+}') || !path.split('/').includes(String(wanted))))
      throw new Malformed(`${at}.${pointer} names a parameter that the path does not have`)
  }
  return match as Readonly<Record<string, string>>
}
