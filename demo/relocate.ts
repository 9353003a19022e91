/** A copy of the example map for a demo whose usual ports are taken. */
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The port that the map names -> the port that is used instead. */
export type PortMoves = ReadonlyMap<number, number>

/** Copies the folder `from` to `to`, which is emptied first, with every loopback address moved to its new port. */
export async function copyRelocated(from: string, to: string, moves: PortMoves): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await cp(from, to, { recursive: true })
  for (const name of await readdir(to, { recursive: true })) {
    if (!name.endsWith('.yaml')) continue
    const path = join(to, name)
    await writeFile(path, relocate(await readFile(path, 'utf8'), moves))
  }
}

/** Moves the ports of `localhost` and `127.0.0.1`, all at once, so that two ports may change places. */
export function relocate(text: string, moves: PortMoves): string {
  return text.replace(/\b(localhost|127\.0\.0\.1):(\d+)/g, (address, host: string, port: string) => {
    const moved = moves.get(Number(port))
    return moved === undefined ? address : `${host}:${moved}`
  })
}
