/** One demo a folder: two would build into the same place, and the first would serve the second one's map. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Takes the lock until this process ends. Throws where another living process has it; a dead one's is taken over. */
export function lockUntilExit(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const holder = readHolder(path)
  if (holder !== undefined && isAlive(holder)) {
    throw new Error(`a demo runs in this folder already (process ${holder}): end it first, with Ctrl-C in its terminal`)
  }
  rmSync(path, { force: true })
  // Fails where somebody else was quicker.
  writeFileSync(path, String(process.pid), { flag: 'wx' })
  process.once('exit', () => rmSync(path, { force: true }))
}

function readHolder(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

/** Signal 0 only asks. A process of somebody else's may not be asked, which is an answer too. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
