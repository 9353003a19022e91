/** `scopewall status`: the working tree, KV and the edge beside one another. */
import { POINTER_KEY, type Pointer, parsePointer, readKey } from '../../release/store.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { requireSoundMap } from '../map.ts'
import { describePlace, type PlaceOptions, placeOf } from '../place.ts'
import { withStore } from '../store.ts'
import { paint, print, printJson, renderFacts } from '../terminal.ts'

export interface StatusOptions extends PlaceOptions {
  readonly scopes: string
  readonly url?: string
  readonly json?: boolean
}

interface EdgeRelease {
  readonly digest: string
  readonly serial: number
  readonly source: string
}

/** Exit code 5 where anything that could be looked at differs from the working tree. */
export async function status(options: StatusOptions): Promise<ExitCode> {
  const place = placeOf(options)
  const { digest } = await requireSoundMap(options.scopes)
  const live = await readLive(options)
  const edge = options.url === undefined ? undefined : await askEdge(options.url)
  const isSame = live?.digest === digest && (edge === undefined || edge.digest === digest)
  if (options.json)
    printJson({ same: isSame, workingTree: digest, live: live ?? null, ...(options.url !== undefined && { edge }) })
  else
    print(
      renderFacts([
        ['working tree', digest.slice(0, 12)],
        [describePlace(place), describeLive(live, digest)],
        ...edgeFact(edge, digest),
      ]),
    )
  return isSame ? EXIT.done : EXIT.differs
}

async function readLive(options: StatusOptions): Promise<Pointer | undefined> {
  const text = await withStore(placeOf(options), (store) => readKey(store, POINTER_KEY))
  if (text === undefined) return undefined
  const pointer = parsePointer(text)
  if (!pointer.ok) throw new Stop(EXIT.couldNotRun, `the pointer \`current\` in KV is damaged: ${pointer.error}`)
  return pointer.value
}

function describeLive(live: Pointer | undefined, digest: string): string {
  if (live === undefined) return 'nothing has been published: the bundled release serves'
  return `${live.digest.slice(0, 12)}  serial ${live.serial}, ${live.publishedAt}, by ${live.by}  ${verdict(live.digest === digest)}`
}

const edgeFact = (edge: EdgeRelease | undefined, digest: string): readonly (readonly [string, string])[] =>
  edge === undefined
    ? []
    : [
        [
          'edge',
          `${edge.digest.slice(0, 12)}  serial ${edge.serial}, from ${edge.source}  ${verdict(edge.digest === digest)}`,
        ],
      ]

const verdict = (isSame: boolean): string =>
  isSame ? paint('green', 'same as the working tree') : paint('yellow', 'differs from the working tree')

/** What the gate behind an address judges by. */
async function askEdge(url: string): Promise<EdgeRelease> {
  const address = URL.canParse('/_scopewall/health', url) ? new URL('/_scopewall/health', url) : undefined
  if (address === undefined)
    throw new Stop(EXIT.usage, `\`${url}\` is no URL`, 'give the address of the API, as in https://api.example.com')
  const response = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(10_000) }).catch(() => {
    throw new Stop(
      EXIT.couldNotRun,
      `${address.origin} could not be reached`,
      'is the Worker deployed, and its route and DNS record in place?',
    )
  })
  const body = (await response.json().catch(() => undefined)) as { release?: EdgeRelease } | undefined
  if (typeof body?.release?.digest !== 'string') {
    throw new Stop(
      EXIT.couldNotRun,
      `${address.href} answered ${response.status}, and not as a gate with a release does`,
      'requests to this host do not pass the gate, or it has no release',
    )
  }
  return body.release
}
