/** What `publish` and `rollback` say on the way and in the end. */

import type { Published, PublishFault, Step } from '../release/change.ts'
import type { Candidate, Pointer } from '../release/pointer.ts'
import { EXIT, Stop } from './exit.ts'
import { describePlace, type Place } from './place.ts'
import { announceStep, paint, print, printJson, visible } from './terminal.ts'

const STEP_TEXTS: Readonly<Record<Step, string>> = {
  'read-pointer': 'reading what is live',
  sign: 'signing',
  'put-release': 'writing the release',
  'check-release': 'reading the release back',
  'put-history': 'writing the history',
  'flip-pointer': 'moving the pointer',
  'check-pointer': 'reading the pointer back',
}

/** One line a step on standard error. Nothing of it is needed to go on: a publish that is cut short is simply run again. */
export const announce = (step: Step): void => announceStep(`${STEP_TEXTS[step]} (${step})`)

export function reportPublished(published: Published, place: Place, json: boolean | undefined): void {
  const { pointer, previous, changed } = published
  if (json) printJson({ changed, live: pointer, previous: previous ?? null })
  else print(describePublished(published, place))
}

function describePublished({ pointer, previous, changed }: Published, place: Place): string {
  const release = `release ${paint('bold', pointer.digest.slice(0, 12))}, serial ${pointer.serial}`
  if (!changed) return `${describePlace(place)}: ${release} is live already; nothing was changed`
  if (pointer.kind === 'observe' && pointer.candidate !== undefined)
    return `${paint('green', 'candidate')} in ${describePlace(place)}: ${describeCandidate(pointer.candidate)}, beside ${release}`
  if (pointer.kind === 'drop') return `no candidate in ${describePlace(place)} any more: live is ${release}`
  if (previous?.digest === pointer.digest && previous.expires !== undefined)
    return `${paint('green', 'renewed')} in ${describePlace(place)}: ${release}, ${describeTerm(pointer)}`
  const before = previous === undefined ? '' : ` (before: ${previous.digest.slice(0, 12)}, serial ${previous.serial})`
  const term = pointer.expires === undefined ? '' : `, ${describeTerm(pointer)}`
  return `${paint('green', 'live')} in ${describePlace(place)}: ${release}${term}${before}`
}

/** Which release is tried, and on whom. */
export function describeCandidate({ digest, share, clients = [] }: Candidate): string {
  const whom = [
    ...(share === undefined ? [] : [`${share} % of clients`]),
    ...(clients.length > 3 ? [`${clients.length} named clients`] : clients.map(visible)),
  ]
  return `release ${paint('bold', digest.slice(0, 12))} on ${whom.join(' and ')}`
}

/** By whose key, and until when: for whoever must publish again before that. */
export function describeTerm({ keyId, expires }: Pointer, now: number = Date.now()): string {
  if (keyId === undefined || expires === undefined) return 'not signed'
  const days = Math.floor((Date.parse(expires) - now) / 86_400_000)
  const left = days < 0 ? 'expired' : `${days} ${days === 1 ? 'day' : 'days'} left`
  return `signed by ${visible(keyId)} until ${expires.slice(0, 10)} (${left})`
}

/** What kept it from completing, and what to do. */
export function faultOf(fault: PublishFault): Stop {
  const [message, help] = explain(fault)
  return new Stop(
    fault.code === 'overtaken' || fault.code === 'candidate_changed' ? EXIT.differs : EXIT.couldNotRun,
    message,
    help,
  )
}

/** Never the serial that stands in KV: whoever wrote that may have chosen one after which there are none. */
const GO_ON_FROM_THE_EDGE =
  'ask the edge (/_scopewall/health) which serial it has, and publish or roll back with `--above` and that one: serials go on from there'

function explain(fault: PublishFault): readonly [string, string] {
  switch (fault.code) {
    case 'pointer_malformed':
      return [`\`${fault.key}\` in KV is damaged: ${fault.detail}`, GO_ON_FROM_THE_EDGE]
    case 'pointer_untrusted':
      return [
        `\`${fault.key}\` in KV is not to be believed (${fault.reason}): somebody without the key wrote it, or nothing was signed here until now`,
        GO_ON_FROM_THE_EDGE,
      ]
    case 'signer_missing':
      return [
        'releases are signed in this environment, and there is no signer',
        'give `--key <file>` or `--signer <command>`, or set SCOPEWALL_SIGNING_KEY',
      ]
    case 'signer_unasked':
      return [
        'this environment has no `releaseKeys`: nobody would check the signature',
        'add the public key to it in gateway.yaml and deploy, or leave the signer out',
      ]
    case 'signature_useless':
      return [
        `the edge would not believe the signature of key \`${fault.keyId}\` (${fault.reason}): nothing was written`,
        'is it the private half of that key in gateway.yaml, is the key in use today, and is the clock of this machine right?',
      ]
    case 'pointer_refused':
      return [`the edge would refuse this: ${fault.detail}`, 'shorten what it says, or leave control characters out']
    case 'release_damaged':
      return [
        `the bytes in KV under release ${fault.digest.slice(0, 12)} are not that release`,
        'publish the map that it was made from again: its bytes will be written anew',
      ]
    case 'release_unknown':
      return [`the history knows no release \`${fault.to}\``, 'see `scopewall history`']
    case 'nothing_live':
      return ['nothing has been published there', 'publish with `scopewall publish`']
    case 'pointer_refused_there':
      return [
        `no new isolate takes over what KV has there (${fault.reason}), so it is not handed on`,
        'publish there again, which renews the signature, and look at `scopewall status`',
      ]
    case 'no_candidate':
      return ['there is no candidate', 'publish one with `scopewall publish --observe --share 10`']
    case 'candidate_is_live':
      return [
        `release ${fault.digest.slice(0, 12)} is live: there is nothing to try`,
        'change the map first, or see `scopewall status`',
      ]
    case 'candidate_changed':
      return [
        `the candidate is ${fault.digest.slice(0, 12)} by now, and not the one that was agreed on: nothing was changed`,
        'somebody published meanwhile; look at what would change now with --dry-run',
      ]
    case 'nothing_before':
      return [
        'there is no release before the live one to roll back to, or nothing that can be believed is live',
        'see `scopewall history`, and name one with --to',
      ]
    case 'release_ambiguous':
      return [`more than one release begins with \`${fault.to}\``, 'give more of the digest, or a serial']
    case 'release_unreadable':
      return [
        `release ${fault.digest.slice(0, 12)} cannot be read by this version: ${fault.detail}`,
        'roll back with the version that published it',
      ]
    case 'serial_exhausted':
      return [
        `the serial in KV is ${fault.serial}, the last there is: somebody wrote it by hand`,
        'delete `current` and the entry of that serial under `history/`, publish, and deploy: gates that run now never go back to a lower serial',
      ]
    case 'overtaken':
      return [
        `somebody else published at the same moment: live is ${fault.live.digest.slice(0, 12)}, serial ${fault.live.serial}, by ${visible(fault.live.by)}`,
        'look at theirs, then publish again if yours should win',
      ]
  }
}
