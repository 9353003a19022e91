/** A usage file, read line by line: it may be larger than memory. */
import { createReadStream } from 'node:fs'
import type { Replay, Replayer } from '../source/usage/replay.ts'
import { LONGEST_LINE, readUsageRow } from '../source/usage/row.ts'
import { EXIT, Stop } from './exit.ts'
import { note } from './terminal.ts'

/** Wrong lines that are told before it gives up. */
const MOST_FAULTS = 10

/** Stops where the file cannot be read or a line is wrong: a replay of a part would look like that of the whole. */
export async function replayFile(path: string, replayer: Replayer): Promise<Replay> {
  let number = 0
  let faults = 0
  for await (const line of linesOf(path)) {
    number++
    if (line.trim() === '') continue
    const row = readUsageRow(line)
    if (row.ok) replayer.add(row.value)
    else {
      note(`${path}:${number}: ${row.error}`)
      if (++faults === MOST_FAULTS) break
    }
  }
  if (faults > 0) throw new Stop(EXIT.usage, `\`${path}\` is no usage file`, 'see docs/usage.md for what a line holds')
  return replayer.result()
}

/** A line that is too long to be one comes cut, and is the last. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = ''
  try {
    for await (const chunk of createReadStream(path, 'utf8')) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
      if (rest.length > LONGEST_LINE) break
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Stop(EXIT.couldNotRun, `\`${path}\` cannot be read: ${why}`)
  }
  yield rest
}
