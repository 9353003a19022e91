/** `scopewall issuers`: are the issuers of an environment what the map expects of them? Asked of them, over the network. */
import type { Issuer } from '../../policy/issuer.ts'
import type { ReleaseDocument } from '../../policy/release.ts'
import { fetchKeySet, fetchMetadata, IssuerFault } from '../../token/discovery.ts'
import { readKeySet } from '../../token/jwks.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { requireEnvironment, requireSoundMap } from '../map.ts'
import { announceStep, paint, print, printJson } from '../terminal.ts'

export interface IssuersOptions {
  readonly scopes: string
  readonly env: string
  readonly json?: boolean
}

interface Finding {
  readonly issuer: string
  /** What its usable keys sign with; absent where none could be had, or none are used. */
  readonly keys?: readonly string[]
  /** Whether there was anything to ask of it. */
  readonly asked: boolean
  /** In sentences. */
  readonly problems: readonly string[]
}

/** Exit code 5 where some issuer is not what is expected. */
export async function issuers(options: IssuersOptions): Promise<ExitCode> {
  const map = await requireSoundMap(options.scopes)
  const environment = requireEnvironment(map, options.env)
  const asked = acrsAskedFor(map.document)
  const findings: Finding[] = []
  for (const issuer of environment.issuers) {
    announceStep(`asking ${issuer.issuer}`)
    findings.push(await examine(issuer, asked))
  }
  const isGood = findings.every(({ problems }) => problems.length === 0)
  if (options.json) printJson({ ok: isGood, issuers: findings })
  else print(findings.map(describe).join('\n'))
  return isGood ? EXIT.done : EXIT.differs
}

/** Every `acr` that some step-up of the map accepts. */
const acrsAskedFor = ({ rules, scopes }: ReleaseDocument): readonly string[] =>
  [...new Set([...rules, ...Object.values(scopes)].flatMap(({ stepUp }) => stepUp?.acr ?? []))].sort()

const TIMEOUT_MS = 10_000

async function examine(issuer: Issuer, acrs: readonly string[]): Promise<Finding> {
  const problems: string[] = []
  const keys = usesKeys(issuer) ? await usableKeys(issuer, problems) : undefined
  if (issuer.keys.kind !== 'jwks') await checkAcrs(issuer, acrs, problems)
  const asked = usesKeys(issuer) || issuer.keys.kind !== 'jwks'
  return { issuer: issuer.issuer, asked, ...(keys && { keys }), problems }
}

/** Unsigned introspection answers need none. */
const usesKeys = ({ introspection, statusList }: Issuer): boolean =>
  introspection === undefined || introspection.response === 'jwt' || statusList !== undefined

async function usableKeys(issuer: Issuer, problems: string[]): Promise<readonly string[] | undefined> {
  try {
    const keys = await readKeySet(await fetchKeySet(issuer, fetch, AbortSignal.timeout(TIMEOUT_MS)), issuer)
    if (keys === undefined) problems.push('what it publishes is no key set')
    else if (keys.length === 0)
      problems.push(`it publishes no key that may sign with ${issuer.algorithms.join(' or ')}`)
    return keys?.map(({ algorithm, kid }) => (kid === undefined ? algorithm : `${algorithm} ${kid}`))
  } catch (fault) {
    problems.push(`its keys cannot be had: ${codeOf(fault)}`)
    return undefined
  }
}

/** RFC 9470 section 7: a challenge that the server cannot answer sends people in a circle. A server that says nothing may know them all. */
async function checkAcrs(issuer: Issuer, acrs: readonly string[], problems: string[]): Promise<void> {
  try {
    const { acr_values_supported: known } = await fetchMetadata(issuer, fetch, AbortSignal.timeout(TIMEOUT_MS))
    const lacking = Array.isArray(known) ? acrs.filter((acr) => !known.includes(acr)) : []
    if (lacking.length > 0)
      problems.push(`the map asks for authentications that it does not offer: ${lacking.join(', ')}`)
  } catch (fault) {
    problems.push(`its metadata cannot be had: ${codeOf(fault)}`)
  }
}

const codeOf = (fault: unknown): string => (fault instanceof IssuerFault ? fault.code : 'unreachable')

function describe({ issuer, asked, keys, problems }: Finding): string {
  const known = keys === undefined || keys.length === 0 ? '' : `  ${paint('dim', keys.join(', '))}`
  if (!asked)
    return `${paint('dim', '--')}  ${issuer}  ${paint('dim', 'not asked: its tokens are introspected, which takes the secret of the gate')}`
  if (problems.length === 0) return `${paint('green', 'ok')}  ${issuer}${known}`
  return [`${paint('red', 'no')}  ${issuer}${known}`, ...problems.map((problem) => `    ${problem}`)].join('\n')
}
