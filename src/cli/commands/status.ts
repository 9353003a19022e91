/** `scopewall status`: for each environment what is bundled, in KV and live at the edge; for one, the working tree beside them. */
import type { Environment } from '../../policy/environment.ts'
import type { Candidate } from '../../release/pointer.ts'
import { agreementOf, type Finding, findingsOf, relationsOf } from '../drift.ts'
import type { EdgeRevocation, GateAnswer } from '../edge.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { loadEnvironments, requireEnvironment, requireSoundMap, workingTreeDigest } from '../map.ts'
import { describePlace, type PlaceOptions, placeOf } from '../place.ts'
import { describeTerm } from '../publishing.ts'
import { type EdgeStanding, type KvStanding, type Standing, standingOf } from '../standing.ts'
import { announceStep, paint, print, printJson, renderFacts, renderTable, visible } from '../terminal.ts'

export interface StatusOptions extends Omit<PlaceOptions, 'env'> {
  readonly env?: string
  readonly scopes: string
  readonly url?: string
  readonly json?: boolean
}

export async function status({ env, ...options }: StatusOptions): Promise<ExitCode> {
  if (env !== undefined) return statusOfOne({ ...options, env })
  if (options.url === undefined) return statusOfAll(options)
  throw new Stop(EXIT.usage, '--url is the address of one environment', 'name it with --env')
}

/** Exit code 5 where an edge differs from its KV; 1 where something could not be asked. */
async function statusOfAll(options: StatusOptions): Promise<ExitCode> {
  const environments = await loadEnvironments(options.scopes)
  announceStep(`asking KV and the edge of ${environments.map(({ name }) => name).join(', ')}`)
  const [workingTree, standings] = await Promise.all([
    workingTreeDigest(options.scopes),
    Promise.all(
      environments.map((environment) =>
        standingOf(environment, placeOf({ ...options, env: environment.name }), addressesOf(environment)),
      ),
    ),
  ])
  const findings = standings.flatMap((standing) => findingsOf(standing, Date.now()))
  const relations = relationsOf(standings)
  const isDrift = findings.some(({ level }) => level === 'drift')
  if (options.json)
    printJson({
      drift: isDrift,
      workingTree: workingTree ?? null,
      environments: standings.map(factsOf),
      findings,
      relations,
    })
  else
    print(
      [
        renderTable(HEADER, standings.flatMap(rowsOf)),
        '',
        workingTreeText(workingTree, standings),
        ...standings.flatMap(candidateText),
        ...standings.flatMap(revocationTexts),
        ...relations,
        ...findings.map(describeFinding),
      ].join('\n'),
    )
  if (isDrift) return EXIT.differs
  return findings.some(({ level }) => level === 'unknown') ? EXIT.couldNotRun : EXIT.done
}

/** The API's own, and those of services that are resources of their own. */
function addressesOf({ resource, services }: Environment): readonly string[] {
  return [
    ...new Set([resource, ...Object.values(services).map((each) => each.resource)].map((each) => new URL(each).origin)),
  ]
}

const HEADER = ['environment', 'in KV', 'serial', 'published', 'by', 'signed', 'bundled', 'edge', 'at', ''] as const

/** A row for each address; what is said once stands in the first. */
function rowsOf({ environment, kv, edges }: Standing): readonly (readonly string[])[] {
  return edges.map((edge, index) => {
    const shared = index === 0 ? [environment, ...kvCells(kv)] : ['', '', '', '', '', '']
    return [...shared, ...edgeCells(kv, edge)]
  })
}

function kvCells(kv: KvStanding): readonly string[] {
  if (kv.kind === 'failed') return [paint('dim', 'unknown'), '', '', '', '']
  if (kv.kind === 'damaged') return [paint('red', 'damaged'), '', '', '', '']
  if (kv.kind === 'empty') return [kv.isLost ? paint('red', 'deleted') : paint('dim', 'nothing'), '', '', '', '']
  const { digest, serial, publishedAt, by } = kv.pointer
  return [digest.slice(0, 12), String(serial), publishedAt.replace(/\.\d+Z$/, 'Z'), visible(by), signedCell(kv)]
}

function signedCell({ pointer, distrust }: Extract<KvStanding, { readonly kind: 'live' }>): string {
  if (distrust !== undefined) return paint('red', distrust)
  if (pointer.keyId === undefined || pointer.expires === undefined) return paint('dim', 'no')
  const days = Math.floor((Date.parse(pointer.expires) - Date.now()) / 86_400_000)
  return `${visible(pointer.keyId)}, ${days} d`
}

function candidateText({ environment, kv }: Standing): readonly string[] {
  const candidate = kv.kind === 'live' ? kv.pointer.candidate : undefined
  if (candidate === undefined) return []
  return [`${environment} has a candidate: ${describeCandidate(candidate)}`]
}

/** A line for each address that says how it stands. */
const revocationTexts = ({ edges }: Standing): readonly string[] =>
  edges.flatMap(({ address, answer }) =>
    answer.kind === 'gate' && answer.revocation !== undefined
      ? [`revocation at ${address}: ${describeRevocation(answer.revocation)}`]
      : [],
  )

function describeRevocation(known: EdgeRevocation | 'off'): string {
  if (known === 'off') return paint('yellow', 'off')
  const age = known.ageSeconds === undefined ? 'the log never answered' : `the log answered ${known.ageSeconds} s ago`
  const marks = `${known.marks} ${known.marks === 1 ? 'mark' : 'marks'} up to entry ${known.seq}`
  const state =
    known.freshness === 'fresh' ? paint('green', 'fresh') : `${paint('red', 'stale')} (${STANCE[known.stance]})`
  return `${state}, ${marks}, ${age}`
}

const STANCE: Readonly<Record<EdgeRevocation['stance'], string>> = {
  serve: 'serves on by what it knows',
  'refuse-critical': 'refuses what asks for critical scopes',
  refuse: 'refuses everything that asks for a token',
}

function describeCandidate({ digest, since, share, clients }: Candidate): string {
  const whom = [...(share === undefined ? [] : [`${share} %`]), ...(clients ?? []).map(visible)].join(', ')
  return `${digest.slice(0, 12)} for ${whom}, since ${since}`
}

function edgeCells(kv: KvStanding, edge: EdgeStanding): readonly string[] {
  const { address, answer } = edge
  if (answer.kind === 'failed')
    return [paint('dim', 'unknown'), paint('dim', 'unknown'), address, paint('dim', 'unknown')]
  const agreement = agreementOf(kv, edge)
  const style = ({ agrees: 'green', drift: 'red', unknown: 'dim' } as const)[agreement]
  const { digest, serial, source } = answer.release
  return [
    bundledCell(kv, answer),
    paint(style, `${digest.slice(0, 12)} serial ${serial} ${source}`),
    address,
    paint(style, agreement),
  ]
}

function bundledCell(kv: KvStanding, { bundled }: GateAnswer): string {
  if (bundled === undefined) return paint('dim', 'unknown')
  const style = kv.kind !== 'live' ? 'dim' : bundled.digest === kv.pointer.digest ? 'green' : 'yellow'
  return paint(style, bundled.digest.slice(0, 12))
}

function workingTreeText(digest: string | undefined, standings: readonly Standing[]): string {
  if (digest === undefined) return paint('yellow', 'working tree: it has errors, see `scopewall check`')
  const where = standings.filter(({ kv }) => kv.kind === 'live' && kv.pointer.digest === digest)
  const names = where.map(({ environment }) => environment).join(', ')
  return `working tree ${digest.slice(0, 12)}: ${names === '' ? 'live nowhere' : `live in ${names}`}`
}

const describeFinding = ({ level, text }: Finding): string =>
  paint(({ drift: 'red', behind: 'yellow', unknown: 'dim' } as const)[level], text)

const factsOf = ({ environment, kv, edges }: Standing): unknown => ({
  environment,
  live: kv.kind === 'live' ? kv.pointer : null,
  ...(kv.kind === 'live' && kv.distrust !== undefined && { distrust: kv.distrust }),
  ...((kv.kind === 'failed' || kv.kind === 'damaged') && { kvFailure: kv.why }),
  edges: edges.map((edge) => ({
    address: edge.address,
    agreement: agreementOf(kv, edge),
    ...(edge.answer.kind === 'gate'
      ? {
          bundled: edge.answer.bundled ?? null,
          release: edge.answer.release,
          ...(edge.answer.revocation !== undefined && { revocation: edge.answer.revocation }),
        }
      : { failure: edge.answer.why }),
  })),
})

/** Exit code 5 where anything that could be looked at differs from the working tree. */
async function statusOfOne(options: StatusOptions & PlaceOptions): Promise<ExitCode> {
  const map = await requireSoundMap(options.scopes)
  const { digest } = map
  const { env, url } = options
  const place = placeOf(options)
  const { kv, edges } = await standingOf(requireEnvironment(map, env), place, url === undefined ? [] : [url])
  if (kv.kind === 'failed') throw new Stop(EXIT.couldNotRun, kv.why)
  const edge = edges[0]?.answer
  if (edge?.kind === 'failed')
    throw new Stop(EXIT.couldNotRun, edge.why, 'is the Worker deployed, and its route and DNS record in place?')
  const isSame =
    kv.kind === 'live' &&
    kv.distrust === undefined &&
    kv.pointer.digest === digest &&
    (edge === undefined || edge.release.digest === digest)
  if (options.json)
    printJson({
      same: isSame,
      workingTree: digest,
      live: kv.kind === 'live' ? kv.pointer : null,
      ...(kv.kind === 'live' && kv.distrust !== undefined && { distrust: kv.distrust }),
      ...(edge && { edge: edge.release, bundled: edge.bundled ?? null }),
      ...(edge?.revocation !== undefined && { revocation: edge.revocation }),
    })
  else
    print(
      renderFacts([
        ['working tree', digest.slice(0, 12)],
        [describePlace(place), describeLive(kv, digest)],
        ...(kv.kind === 'live' && kv.pointer.candidate !== undefined
          ? [['candidate', describeCandidate(kv.pointer.candidate)] as const]
          : []),
        ...(edge === undefined ? [] : edgeFacts(edge, digest)),
      ]),
    )
  return isSame ? EXIT.done : EXIT.differs
}

function describeLive(kv: KvStanding, digest: string): string {
  if (kv.kind === 'damaged') return paint('red', `\`current\` is damaged: ${kv.why}`)
  if (kv.kind !== 'live')
    return kv.kind === 'empty' && kv.isLost
      ? paint('red', '`current` was deleted: new isolates serve the bundled release')
      : 'nothing has been published: the bundled release serves'
  const { pointer } = kv
  return `${pointer.digest.slice(0, 12)}  serial ${pointer.serial}, ${pointer.publishedAt}, by ${visible(pointer.by)}, ${termText(kv)}  ${verdict(pointer.digest === digest)}`
}

const termText = ({ pointer, distrust }: Extract<KvStanding, { readonly kind: 'live' }>): string =>
  distrust === undefined ? describeTerm(pointer) : paint('red', `not believed by the edge: ${distrust}`)

const edgeFacts = (
  { release, bundled, revocation }: GateAnswer,
  digest: string,
): readonly (readonly [string, string])[] => [
  ...(bundled === undefined
    ? []
    : [['bundled', `${bundled.digest.slice(0, 12)}  ${verdict(bundled.digest === digest)}`] as const]),
  [
    'edge',
    `${release.digest.slice(0, 12)}  serial ${release.serial}, from ${release.source}  ${verdict(release.digest === digest)}`,
  ],
  ...(revocation === undefined ? [] : [['revocation', describeRevocation(revocation)] as const]),
]

const verdict = (isSame: boolean): string =>
  isSame ? paint('green', 'same as the working tree') : paint('red', 'differs from the working tree')
