/** The answers of `init`: from its flags, and on a terminal from whoever sits there. */
import { isHost, isIssuer } from '../source/address.ts'
import { isIdentifier } from '../source/fields.ts'
import type { InitAnswers } from '../source/init/answers.ts'
import { PROFILE_NAMES, type ProfileName } from '../source/profiles.ts'
import { answerTo, isTerminal } from './ask.ts'
import { EXIT, Stop } from './exit.ts'

export interface InitFlags {
  readonly host?: string
  readonly service?: string
  readonly owner?: string
  readonly issuer?: string
  readonly audience?: string
  readonly profile?: string
  readonly staging?: string
  readonly stagingIssuer?: string
  readonly zone?: string
}

type Answers = Readonly<Record<keyof InitFlags, string>>

interface Item {
  readonly name: keyof InitFlags
  readonly flag: string
  readonly question: string
  /** What stands where nobody says anything; without it somebody has to. Empty: nothing. */
  readonly fallback?: (answers: Partial<Answers>) => string
  readonly fault?: (answer: string) => string | undefined
  /** Whether it matters, given the answers before it. */
  readonly matters?: (answers: Partial<Answers>) => boolean
}

const unless = (isFine: (text: string) => boolean, fault: string) => (text: string) =>
  isFine(text) ? undefined : fault
const orNothing = (isFine: (text: string) => boolean) => (text: string) => text === '' || isFine(text)
const hasStaging = ({ staging = '' }: Partial<Answers>): boolean => staging !== ''
const isUrl = unless(isIssuer, 'write it as https://login.example.com, exactly as `iss` in your tokens')
const HOST_FAULT = 'write the host alone and in lower case, as in api.example.com'

const ITEMS: readonly Item[] = [
  { name: 'host', flag: '--host', question: "Your API's host in production", fault: unless(isHost, HOST_FAULT) },
  {
    name: 'service',
    flag: '--service',
    question: 'Name of the first service, as its file will be called',
    fault: unless(
      (text) => isIdentifier(text) && text !== 'gateway',
      'write lower-case letters, digits and hyphens, as in `invoices`',
    ),
  },
  { name: 'owner', flag: '--owner', question: 'Team that answers for its scopes' },
  { name: 'issuer', flag: '--issuer', question: 'Issuer of the access tokens', fault: isUrl },
  {
    name: 'audience',
    flag: '--audience',
    question: 'What the issuer writes into `aud` for this API',
    fallback: ({ host = '' }) => `https://${host}`,
  },
  {
    name: 'profile',
    flag: '--profile',
    question: `Identity provider (${PROFILE_NAMES.join(', ')}), or nothing`,
    fallback: () => '',
    fault: unless(orNothing(isProfile), `write one of ${PROFILE_NAMES.join(', ')}`),
  },
  {
    name: 'staging',
    flag: '--staging',
    question: "Your API's host in staging, or nothing",
    fallback: () => '',
    fault: unless(orNothing(isHost), HOST_FAULT),
  },
  {
    name: 'stagingIssuer',
    flag: '--staging-issuer',
    question: 'Issuer of the access tokens in staging',
    fallback: ({ issuer = '' }) => issuer,
    fault: isUrl,
    matters: hasStaging,
  },
  {
    name: 'zone',
    flag: '--zone',
    question: 'Cloudflare zone of the hosts',
    fallback: ({ host = '' }) => host.split('.').slice(-2).join('.'),
    fault: unless(isHost, HOST_FAULT),
  },
]

function isProfile(text: string): text is ProfileName {
  return PROFILE_NAMES.some((name) => name === text)
}

/**
 * Asks for what the flags leave open; where there is nobody to ask, takes what has a default and stops for the rest.
 */
export async function answersFrom(
  flags: InitFlags,
  review: string,
): Promise<{ readonly answers: InitAnswers; readonly zone: string }> {
  const given: Partial<Answers> = flags
  const isAsking = isTerminal()
  const missing = ITEMS.filter(({ name, fallback }) => given[name] === undefined && fallback === undefined)
  if (!isAsking && missing.length > 0)
    throw new Stop(
      EXIT.usage,
      `nobody is there to ask, and ${missing.map(({ flag }) => `\`${flag}\``).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
      'give them as options: `scopewall init --help` shows an example',
    )
  const answers: Partial<Record<keyof InitFlags, string>> = {}
  for (const item of ITEMS) {
    if (item.matters?.(answers) === false) continue
    answers[item.name] = await answerOf(item, given[item.name], answers, isAsking)
  }
  return { answers: asAnswers(answers as Answers, review), zone: answers.zone ?? '' }
}

function answerOf(
  { flag, question, fallback, fault }: Item,
  given: string | undefined,
  answers: Partial<Answers>,
  isAsking: boolean,
): Promise<string> {
  const suggestion = fallback?.(answers)
  const asked = {
    text: question,
    option: flag,
    ...(suggestion !== undefined && { suggestion }),
    ...(fault && { fault }),
  }
  return answerTo(asked, isAsking ? given : (given ?? suggestion))
}

function asAnswers(answers: Answers, review: string): InitAnswers {
  const { host, service, owner, issuer, audience, profile, staging, stagingIssuer } = answers
  return {
    service,
    owner,
    production: { host, issuer, audience },
    ...(hasStaging(answers) && { staging: { host: staging, issuer: stagingIssuer, audience } }),
    ...(isProfile(profile) && { profile }),
    review,
  }
}
