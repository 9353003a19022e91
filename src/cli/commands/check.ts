/** `scopewall check`: every error and warning of the map in one run. */
import { EXIT, type ExitCode } from '../exit.ts'
import { loadMap } from '../map.ts'
import { renderDiagnostics, summarize } from '../report.ts'
import { note, paint, paintError, print, printJson } from '../terminal.ts'

export interface CheckOptions {
  readonly scopes: string
  readonly json?: boolean
  readonly strict?: boolean
}

export async function check({ scopes, json, strict }: CheckOptions): Promise<ExitCode> {
  const { files, diagnostics, release } = await loadMap(scopes)
  const failed = release === undefined || (strict === true && diagnostics.length > 0)
  if (json) printJson({ ok: !failed, diagnostics })
  else {
    if (diagnostics.length > 0) print(`${renderDiagnostics(diagnostics, files)}\n`)
    const facts =
      release &&
      `: ${release.rules.length} rules, ${Object.keys(release.scopes).length} scopes, ${Object.keys(release.services).length} services`
    const verdict = `${scopes}: ${summarize(diagnostics)}${facts ?? ''}`
    if (failed) note(paintError('red', verdict))
    else print(paint('green', verdict))
  }
  return failed ? EXIT.mapHasErrors : EXIT.done
}
