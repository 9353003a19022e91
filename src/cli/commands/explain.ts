/** `scopewall explain`: which rule covers a request, what it asks, and what a token lacks. The very code that judges at the edge. */
import type { Match } from '../../policy/decision.ts'
import { decodeRelease, type Release } from '../../policy/decode.ts'
import type { Environment } from '../../policy/environment.ts'
import { epochSeconds } from '../../policy/result.ts'
import { sha256Hex } from '../../release/digest.ts'
import { readPointer } from '../../release/history.ts'
import { trustOf } from '../../release/signature.ts'
import { readKey, releaseKey } from '../../release/store.ts'
import { judgeRequest, stanceOf } from '../../source/judge-request.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { explainDecision, explainRule } from '../explanation.ts'
import { evidenceFrom, type HolderOptions } from '../holder.ts'
import { requireEnvironment, requireSoundMap } from '../map.ts'
import { type PlaceOptions, placeOf } from '../place.ts'
import { faultOf } from '../publishing.ts'
import { withStore } from '../store.ts'
import { note, paintError, print, printJson } from '../terminal.ts'

export interface ExplainOptions extends PlaceOptions, HolderOptions {
  readonly scopes: string
  readonly from: 'working-tree' | 'kv'
  readonly upgrade?: boolean
  readonly exitCode?: boolean
  readonly json?: boolean
}

export async function explain(method: string, url: string, options: ExplainOptions): Promise<ExitCode> {
  if (!/^https?:\/\//i.test(url))
    throw new Stop(
      EXIT.usage,
      `\`${url}\` is no whole URL`,
      'write scheme, host and path: `https://api.example.com/v1/invoices`',
    )
  const map = await requireSoundMap(options.scopes)
  const environment = requireEnvironment(map, options.env)
  const release = options.from === 'kv' ? requireRelease(await liveText(options, environment)) : map.release
  const now = Date.now()
  const evidence = evidenceFrom(options, environment, now)
  if (options.token !== undefined)
    note(
      paintError(
        'yellow',
        "the token was read, NOT verified: its signature may be anybody's, and what it is bound to is taken as proven",
      ),
    )
  const request = { method: method.toUpperCase(), url, upgrade: options.upgrade === true }
  const { match, decision } = judgeRequest(release, request, evidence, epochSeconds(now), stanceOf(environment))
  if (options.json) printJson({ method: request.method, url, match: matchFacts(match), decision })
  else print([...explainRule(match, release), '', ...explainDecision(decision)].join('\n'))
  return options.exitCode && decision.kind === 'deny' ? EXIT.denied : EXIT.done
}

const matchFacts = (match: Match | undefined): unknown =>
  match?.kind === 'rule'
    ? {
        kind: 'rule',
        id: match.rule.id,
        service: match.rule.service,
        requirement: match.rule.requirement,
        conditions: match.rule.conditions,
      }
    : match

function requireRelease(text: string): Release {
  const release = decodeRelease(text)
  if (!release.ok) throw new Stop(EXIT.couldNotRun, `the release cannot be read: ${release.error}`)
  return release.value
}

/** Of what the edge believes: a forged pointer explains nothing. */
async function liveText(options: ExplainOptions, environment: Environment): Promise<string> {
  const reader = { trust: trustOf(environment), now: Date.now() }
  return withStore(placeOf(options), async (store) => {
    const pointer = await readPointer(store, reader)
    if (!pointer.ok) throw faultOf(pointer.error)
    if (pointer.value === undefined)
      throw new Stop(EXIT.couldNotRun, 'KV has no live release', 'publish one with `scopewall publish`')
    const text = await readKey(store, releaseKey(pointer.value.digest))
    if (text === undefined) throw new Stop(EXIT.couldNotRun, 'the live release is not in KV', 'publish it again')
    const { digest } = pointer.value
    if ((await sha256Hex(text)) !== digest) throw faultOf({ code: 'release_damaged', digest })
    return text
  })
}
