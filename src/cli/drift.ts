/** Which environments are not as they say they are, and why. Pure: what was found in, sentences out. */
import { relate } from '../release/lineage.ts'
import type { EdgeStanding, KvStanding, Standing } from './standing.ts'

export type Agreement =
  | 'agrees'
  /** The edge judges by something else than KV says is live. */
  | 'drift'
  /** One of the two could not be asked, or there is nothing to compare. */
  | 'unknown'

export interface Finding {
  /** `drift` is what must not last; `behind` is how things may well be; `unknown` could not be asked. */
  readonly level: 'drift' | 'behind' | 'unknown'
  readonly text: string
}

export function agreementOf(kv: KvStanding, { answer }: EdgeStanding): Agreement {
  if (answer.kind === 'failed' || kv.kind === 'failed') return 'unknown'
  if (kv.kind === 'damaged') return 'drift'
  if (kv.kind === 'empty') return kv.isLost || answer.release.source === 'kv' ? 'drift' : 'agrees'
  return answer.release.digest === kv.pointer.digest ? 'agrees' : 'drift'
}

/** What is to be said of one environment. `now` in milliseconds. */
export function findingsOf({ environment, kv, edges }: Standing, now: number): readonly Finding[] {
  return [
    ...kvFindings(environment, kv, now),
    ...edges.flatMap((edge) => edgeFindings(environment, kv, edge, now)),
    ...bundleFindings(environment, kv, edges),
  ]
}

const LOST =
  'KV has a history and no pointer: it was deleted. Isolates that run keep what they have, new ones serve the bundled release; `rollback --to <serial>` mends it'

/** The part of a signature's time that is left when it is time to renew it: gates report it then, too. */
const LAST_PART = 0.2

function kvFindings(environment: string, kv: KvStanding, now: number): readonly Finding[] {
  if (kv.kind === 'failed') return [{ level: 'unknown', text: `${environment}: KV could not be asked: ${kv.why}` }]
  if (kv.kind === 'damaged')
    return [
      { level: 'drift', text: `${environment}: \`current\` in KV is damaged, and no edge takes it over: ${kv.why}` },
    ]
  if (kv.kind === 'empty') return kv.isLost ? [{ level: 'drift', text: `${environment}: ${LOST}` }] : []
  const { pointer, distrust } = kv
  if (distrust !== undefined)
    return [{ level: 'drift', text: `${environment}: no edge takes over what KV has: ${distrust} (docs/releases.md)` }]
  if (pointer.expires === undefined) return []
  const [from, to] = [Date.parse(pointer.publishedAt), Date.parse(pointer.expires)]
  const days = Math.floor((to - now) / 86_400_000)
  return to - now > (to - from) * LAST_PART
    ? []
    : [
        {
          level: 'behind',
          text: `${environment}: the signature ends in ${days} ${days === 1 ? 'day' : 'days'}; publishing again renews it`,
        },
      ]
}

function edgeFindings(environment: string, kv: KvStanding, edge: EdgeStanding, now: number): readonly Finding[] {
  const { address, answer } = edge
  if (answer.kind === 'failed') {
    // Nobody need be at work on this machine; everywhere else a gate must answer.
    if (answer.isAbsent && isLoopback(address))
      return [{ level: 'behind', text: `${environment}: nothing runs at ${address}` }]
    return [{ level: 'unknown', text: `${environment}: ${answer.why}` }]
  }
  // What is wrong with KV itself is said once, and not for each address again.
  if (agreementOf(kv, edge) !== 'drift' || kv.kind === 'damaged' || (kv.kind === 'empty' && kv.isLost)) return []
  return [{ level: 'drift', text: `${environment}: ${address} ${whyDifferent(kv, answer.release, now)}` }]
}

const isLoopback = (address: string): boolean =>
  /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(address).hostname)

function whyDifferent(
  kv: KvStanding,
  release: { readonly digest: string; readonly serial: number; readonly source: string },
  now: number,
): string {
  const edge = `answers with ${release.digest.slice(0, 12)}, serial ${release.serial}`
  if (kv.kind !== 'live') return `${edge}, and KV has neither a pointer nor a history: is it the right namespace?`
  const { pointer } = kv
  const live = `KV has ${pointer.digest.slice(0, 12)}, serial ${pointer.serial}`
  if (release.source === 'bundled' && release.serial >= pointer.serial)
    return `${edge}, which it was built with, and which outranks what ${live}: publish again`
  if (release.serial > pointer.serial)
    return `${edge}, while ${live}: KV shows a newer write late, so ask again in a minute`
  if (release.serial === pointer.serial)
    return `${edge}, while ${live}: two publishes took the same serial; publish again`
  const age = Math.max(0, Math.round((now - Date.parse(pointer.publishedAt)) / 1000))
  const wait =
    age < 120 ? 'it takes a minute or so to arrive' : 'it should have arrived: see the event `release` in the log'
  return `${edge}, while ${live}, published ${ageText(age)} ago: ${wait}`
}

/** In the largest unit that fits. */
function ageText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} days`
}

/** A bundle that is not what is live serves where a new isolate cannot read KV. Usual after a publish, and mended by a deploy. */
function bundleFindings(environment: string, kv: KvStanding, edges: readonly EdgeStanding[]): readonly Finding[] {
  if (kv.kind !== 'live') return []
  const digests = edges.flatMap(({ answer }) =>
    answer.kind === 'gate' && answer.bundled ? [answer.bundled.digest] : [],
  )
  return [...new Set(digests)]
    .filter((digest) => digest !== kv.pointer.digest)
    .map((digest) => ({
      level: 'behind',
      text: `${environment}: the Worker was built with ${digest.slice(0, 12)}, which serves while a new isolate cannot read KV; a deploy renews it`,
    }))
}

/** How the environments stand to one another: each pair that is not the same, in words. Development is everybody's own, and left out. */
export function relationsOf(standings: readonly Standing[]): readonly string[] {
  const shared = standings.filter(({ environment, kv }) => environment !== 'development' && kv.kind === 'live')
  return shared.flatMap((first, index) => shared.slice(index + 1).flatMap((second) => relationOf(first, second)))
}

function relationOf(first: Standing, second: Standing): readonly string[] {
  if (first.kv.kind !== 'live' || second.kv.kind !== 'live') return []
  const relation = relate(first.kv.lineage, second.kv.lineage)
  const ahead = (front: Standing, back: Standing, releases: number) =>
    `${front.environment} is ${releases === 1 ? 'a release' : `${releases} releases`} ahead of ${back.environment}`
  switch (relation.kind) {
    case 'same':
      return []
    case 'ahead':
      return [ahead(first, second, relation.releases)]
    case 'behind':
      return [ahead(second, first, relation.releases)]
    case 'apart':
      return [`${first.environment} and ${second.environment} have different releases, and neither is simply ahead`]
  }
}
