/** The counts as a usage file (docs/usage.md): a line for requests of one day that were judged alike. Read page by page, so that it may be of any size. */
import { USAGE_FORMAT } from '../../policy/usage.ts'
import type { AskedWindow } from '../../policy/usage-query.ts'
import { DAY, type Database, iso, numberIn, rowsOf, textIn } from './database.ts'

const ROWS_AT_ONCE = 1_000

/** Each chunk is whole lines. Ends with an exception where the database fails in between, so that half a file is not taken for all of it. */
export async function* replayLines(database: Database, { from, to }: AskedWindow): AsyncGenerator<string, void, void> {
  let [day, request] = [from, '']
  for (;;) {
    const rows = await rowsOf(
      database,
      `SELECT day, request, count FROM replay WHERE (day, request) > (?1, ?2) AND day < ?3 ORDER BY day, request LIMIT ${ROWS_AT_ONCE}`,
      day,
      request,
      to,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
      .map((row) => {
        const window = { from: iso(numberIn(row, 'day')), to: iso(numberIn(row, 'day') + DAY) }
        const line = {
          format: USAGE_FORMAT,
          ...JSON.parse(textIn(row, 'request')),
          ...window,
          count: numberIn(row, 'count'),
        }
        return `${JSON.stringify(line)}\n`
      })
      .join('')
    if (rows.length < ROWS_AT_ONCE) return
    day = numberIn(last, 'day')
    request = textIn(last, 'request')
  }
}
