/** The chain of a log: page by page from the gate, or line by line from a file that was exported. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { ChainLink, Cursor } from '../policy/revocation-log.ts'
import type { AdminClient } from './admin-client.ts'
import { EXIT, Stop } from './exit.ts'
import { readExportHeader, readLink, readLinkPage } from './read-log.ts'
import { announceStep } from './terminal.ts'

export interface ChainSource {
  /** Where it comes from, for people. */
  readonly from: string
  /** Where what is left of the log begins. */
  readonly floor: Cursor
  /** Where the log said that it ends, when it was first asked. */
  readonly head: Cursor
  readonly links: AsyncIterable<ChainLink>
}

const PAGE = 500

export async function chainAt(client: AdminClient): Promise<ChainSource> {
  const status = await page(client, 0, 1)
  const { floor, head } = status
  return { from: client.origin, floor, head, links: pages(client, floor.seq, head.seq) }
}

const page = async (client: AdminClient, after: number, limit: number) =>
  readLinkPage(await client.get(`log/entries?${new URLSearchParams({ after: String(after), limit: String(limit) })}`))

/** Up to the head as it was: what is appended meanwhile is the next run's. */
async function* pages(client: AdminClient, floor: number, head: number): AsyncGenerator<ChainLink> {
  let after = floor
  while (after < head) {
    const { links } = await page(client, after, Math.min(PAGE, head - after))
    const last = links.at(-1)
    // Nothing more, or numbers that do not grow: whoever follows the chain will miss what is not there.
    if (last === undefined || last.seq <= after) return
    yield* links
    after = last.seq
    if (head - floor > PAGE) announceStep(`${after} of ${head} entries`)
  }
}

export async function chainIn(path: string): Promise<ChainSource> {
  const lines = linesOf(path)
  const first = await lines.next()
  const header = readExportHeader(first.done === true ? undefined : first.value)
  if (header === undefined)
    throw new Stop(EXIT.usage, `\`${path}\` is no exported log`, '`scopewall audit export --out` writes one')
  return { from: path, ...header, links: linksIn(lines) }
}

/** A line of the file is no entry of a log. */
export class Damaged extends Error {}

/** Throws `Damaged`. */
async function* linksIn(lines: AsyncIterable<unknown>): AsyncGenerator<ChainLink> {
  for await (const line of lines) {
    let link: ChainLink
    try {
      link = readLink(line)
    } catch {
      throw new Damaged()
    }
    yield link
  }
}

/** The JSON of each line; undefined where it is none. */
async function* linesOf(path: string): AsyncGenerator<unknown> {
  try {
    for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) yield parseJson(line)
  } catch (error) {
    if (error instanceof Stop) throw error
    throw new Stop(EXIT.couldNotRun, `\`${path}\` cannot be read`)
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** JSON lines: where the log begins and ends, then a link each, exactly as it was hashed. */
export async function encodeChain({
  floor,
  head,
  links,
}: ChainSource): Promise<{ readonly text: string; readonly entries: number }> {
  const lines = [JSON.stringify({ format: 1, floor, head })]
  for await (const link of links) lines.push(JSON.stringify(link))
  return { text: `${lines.join('\n')}\n`, entries: lines.length - 1 }
}
