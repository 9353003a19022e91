/** Everything that an access review is made of, asked where it is: the map, git, KV and the gate. What cannot be had is said, and the rest goes on. */

import { canonicalJson } from '../../policy/canonical-json.ts'
import type { Environment } from '../../policy/environment.ts'
import { fail, ok } from '../../policy/result.ts'
import { sha256Hex } from '../../release/digest.ts'
import { compileMap, readMap } from '../../source/read-map.ts'
import type { HistoryFacts, Input, ReviewedRelease, ReviewFacts, Told } from '../../source/review/facts.ts'
import { readReasons } from '../../source/review/reasons.ts'
import type { SourceFile } from '../../source/source-text.ts'
import { type AdminClient, type AdminOptions, adminClient } from '../admin-client.ts'
import { authorName, commitOf } from '../author.ts'
import { EXIT, Stop } from '../exit.ts'
import { chainAt } from '../log-export.ts'
import { filesIn, requireEnvironment, stopAt, today } from '../map.ts'
import { type PlaceOptions, placeOf } from '../place.ts'
import { scopesSince } from '../since.ts'
import { withStore } from '../store.ts'
import { announceStep } from '../terminal.ts'
import { releaseIn } from '../versions.ts'
import { type ReleaseFacts, releaseFacts, type Window } from './history-facts.ts'
import { ledgerFacts } from './ledger-facts.ts'
import { incidentFacts, usageFacts } from './usage-facts.ts'

export interface GatherOptions extends AdminOptions, PlaceOptions {
  readonly from: 'kv' | 'working-tree'
  /** The gate is not asked. */
  readonly offline?: boolean
}

export async function gather(options: GatherOptions, window: Window, now: number): Promise<ReviewFacts> {
  const map = await readForReview(options.scopes)
  const environment = requireEnvironment(map, options.env)
  // Before anything that takes long: there may be no token.
  const client = options.offline === true ? undefined : await adminClient(options)
  const commit = await commitOf(options.scopes)
  const { release, releases } = await releaseOf(map, environment, options, window, now)
  const answers = await gateFacts(client, environment, window, now)
  return {
    environment,
    window,
    generatedAt: new Date(now).toISOString(),
    generatedBy: await authorName(),
    release,
    workingTree: { digest: map.digest, ...(commit !== undefined && { commit }) },
    since: await scopesSince(options.scopes, new Set(Object.keys(release.document.scopes))),
    excused: map.excused,
    findings: map.findings,
    reasons: readReasons(map.files, environment.name),
    history: releases.ok ? ok(releases.value.history) : releases,
    changes: releases.ok ? releases.value.changes : releases,
    ...answers,
    inputs: await inputsOf(map, release, releases, answers),
    options: `--env ${options.env}`,
  }
}

interface ReviewedMap {
  readonly files: readonly SourceFile[]
  readonly text: string
  readonly digest: string
  readonly document: ReviewedRelease['document']
  readonly environments: readonly Environment[]
  readonly excused: ReviewFacts['excused']
  readonly findings: ReviewFacts['findings']
}

/** Whatever compiles: that a review is overdue is an error of `check`, and no reason to have no report of it. */
async function readForReview(folder: string): Promise<ReviewedMap> {
  const files = await filesIn(folder)
  const compiled = compileMap(files, new Map())
  if (!compiled.ok) throw stopAt('the scope map', compiled.error, files)
  const { loaded, environments } = compiled.value
  const { excused, diagnostics } = readMap(files, today())
  const { text, release } = loaded
  const digest = await sha256Hex(text)
  return { files, text, digest, document: release.document, environments, excused, findings: diagnostics }
}

async function releaseOf(
  map: ReviewedMap,
  environment: Environment,
  options: GatherOptions,
  window: Window,
  now: number,
): Promise<{ readonly release: ReviewedRelease; readonly releases: Told<ReleaseFacts> }> {
  if (options.from === 'working-tree')
    return {
      release: { document: map.document, digest: map.digest, from: 'working-tree' },
      releases: fail('It was made from the working tree, and KV was not read (`--from kv` does).'),
    }
  const place = placeOf(options)
  announceStep('reading releases in KV')
  return withStore(place, async (store) => {
    const releases = await releaseFacts(store, environment, window, now)
    const live = liveOf(releases.history)
    const { document } = await releaseIn(store, live.digest)
    const { digest, serial, publishedAt } = live
    return { release: { document, digest, serial, publishedAt, from: 'kv' }, releases: ok(releases) }
  })
}

function liveOf({ releases }: HistoryFacts): HistoryFacts['releases'][number] {
  const live = releases.find(({ isLive }) => isLive)
  if (live !== undefined) return live
  throw new Stop(
    EXIT.couldNotRun,
    'nothing is live there, so there is nothing to review',
    'publish first, or review the working tree: --from working-tree',
  )
}

type GateFacts = Pick<ReviewFacts, 'usage' | 'ledger' | 'incidents'>

const OFFLINE = 'It was made without asking the gate (`--offline`).'

async function gateFacts(
  client: AdminClient | undefined,
  environment: Environment,
  window: Window,
  now: number,
): Promise<GateFacts> {
  if (client === undefined) return { usage: fail(OFFLINE), ledger: fail(OFFLINE), incidents: fail(OFFLINE) }
  announceStep(`asking ${client.origin} for usage, the revocation log and incidents`)
  // What the log shows its reviewers is more than whoever reads the report may be meant to know.
  const treatment = environment.tokenAudit?.subjects ?? 'hashed'
  return {
    usage: await attempt(() => usageFacts(client, window, now)),
    ledger:
      environment.revocation === undefined
        ? fail('Revocation is off in this environment, so there is no log.')
        : await attempt(async () => ledgerFacts(await chainAt(client), window, treatment)),
    incidents: await attempt(() => incidentFacts(client, window)),
  }
}

/** What went wrong, as a sentence. */
async function attempt<T>(work: () => Promise<T>): Promise<Told<T>> {
  try {
    return ok(await work())
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    return fail(`It could not be had: ${error.message}${error.help === undefined ? '' : ` (${error.help})`}.`)
  }
}

async function inputsOf(
  { files, text }: ReviewedMap,
  { digest, from }: ReviewedRelease,
  releases: Told<ReleaseFacts>,
  answers: GateFacts,
): Promise<readonly Input[]> {
  const input = async (name: string, bytes: string | ArrayBuffer): Promise<Input> => ({
    name,
    sha256: await sha256Hex(bytes),
  })
  const answered = async (name: string, told: Told<unknown>) =>
    told.ok ? [await input(name, canonicalJson(told.value))] : []
  return [
    ...(await Promise.all(files.map(({ path, bytes }) => input(path, Uint8Array.from(bytes).buffer)))),
    { name: from === 'kv' ? 'the live release' : 'the release of the working tree', sha256: digest },
    ...(from === 'kv' ? [await input('the release of the working tree', text)] : []),
    ...(releases.ok ? [await input('history of releases: entries as in KV, one a line', releases.value.text)] : []),
    ...(await answered('usage, as the gate told it (canonical JSON)', answers.usage)),
    ...(await answered('revocation log of the period, as told here (canonical JSON)', answers.ledger)),
    ...(await answered('incidents, as the gate told them (canonical JSON)', answers.incidents)),
  ]
}
