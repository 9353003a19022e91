/** `scopewall rollback`: an older release becomes live again, under a new serial. */
import { rollbackRelease } from '../../release/publish.ts'
import { authorName } from '../author.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { loadEnvironment } from '../map.ts'
import { type PlaceOptions, placeOf } from '../place.ts'
import { announce, faultOf, reportPublished } from '../publishing.ts'
import { type SigningOptions, signingOf } from '../signing.ts'
import { withStore } from '../store.ts'

export interface RollbackOptions extends PlaceOptions, SigningOptions {
  readonly scopes: string
  readonly to?: string
  readonly by?: string
  readonly note?: string
  readonly json?: boolean
}

export async function rollback(options: RollbackOptions): Promise<ExitCode> {
  const place = placeOf(options)
  const signing = await signingOf(await loadEnvironment(options.scopes, options.env), options)
  const by = options.by ?? (await authorName())
  const rolledBack = await withStore(place, (store) =>
    rollbackRelease({
      ...signing,
      store,
      by,
      now: new Date().toISOString(),
      onStep: announce,
      ...(options.to !== undefined && { to: options.to }),
      ...(options.note !== undefined && { note: options.note }),
    }),
  )
  if (!rolledBack.ok) throw faultOf(rolledBack.error)
  reportPublished(rolledBack.value, place, options.json)
  return EXIT.done
}
