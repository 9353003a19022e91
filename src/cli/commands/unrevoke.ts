/** `scopewall unrevoke`: takes marks back, by the numbers of their entries. */
import { type AdminClient, type AdminOptions, adminClient, Rejected } from '../admin-client.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { readUndone } from '../read-log.ts'
import { note, paint, print, printJson } from '../terminal.ts'

export interface UnrevokeOptions extends AdminOptions {
  readonly reason: string
}

/**
 * One after the other; the first that fails ends it, and what was done before stays done. What was taken back already does not end it, so that the same words
 * can be said again; that it was is no success all the same, for somebody else may have meant something by it.
 */
export async function unrevoke(entries: readonly number[], options: UnrevokeOptions): Promise<ExitCode> {
  const client = await adminClient(options)
  const body = JSON.stringify({ reason: options.reason })
  const undone: { readonly mark: number; readonly entry: number }[] = []
  const before: number[] = []
  try {
    for (const mark of entries) {
      const entry = await undo(client, mark, body)
      if (entry === undefined) {
        before.push(mark)
        note(`entry ${mark} was taken back before`)
      } else {
        undone.push({ mark, entry })
        if (!options.json) print(`${paint('green', 'undone')} entry ${mark}; entry ${entry}`)
      }
    }
  } finally {
    if (options.json) printJson({ undone, before })
  }
  return before.length === 0 ? EXIT.done : EXIT.differs
}

/** The entry that takes the mark back; undefined where one does already. */
async function undo(client: AdminClient, mark: number, body: string): Promise<number | undefined> {
  try {
    return readUndone(await client.post(`revocations/${mark}/undo`, body))
  } catch (error) {
    if (error instanceof Rejected && error.status === 409) return undefined
    throw error instanceof Rejected ? new Stop(error.exitCode, `entry ${mark}: ${error.message}`, error.help) : error
  }
}
