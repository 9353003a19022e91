/** `scopewall unrevoke`: takes marks back, by the numbers of their entries. */
import { type AdminOptions, adminClient } from '../admin-client.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { readUndone } from '../read-log.ts'
import { paint, print, printJson } from '../terminal.ts'

export interface UnrevokeOptions extends AdminOptions {
  readonly reason: string
}

/** One after the other; the first that fails ends it, and what was done before stays done. */
export async function unrevoke(entries: readonly number[], options: UnrevokeOptions): Promise<ExitCode> {
  const client = await adminClient(options)
  const undone: { readonly mark: number; readonly entry: number }[] = []
  for (const mark of entries) {
    const body = JSON.stringify({ reason: options.reason })
    const entry = readUndone(await client.post(`revocations/${mark}/undo`, body))
    undone.push({ mark, entry })
    if (!options.json) print(`${paint('green', 'undone')} entry ${mark}; entry ${entry}`)
  }
  if (options.json) printJson({ undone })
  return EXIT.done
}
