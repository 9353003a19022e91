/** Which environments are protected. Read apart from the rest, so that a rollback need not wait until a map in the making is sound again. */
import { isError } from './diagnostic.ts'
import { parseFiles } from './parse.ts'
import type { SourceFile } from './source-text.ts'

/**
 * The names of the environments, and whether each is protected. Undefined where `gateway.yaml` is not there or has an error: whoever asks must then
 * take every environment as protected.
 */
export function readProtection(files: readonly SourceFile[]): ReadonlyMap<string, boolean> | undefined {
  const { gateway, diagnostics } = parseFiles(files)
  if (gateway === undefined) return undefined
  if (diagnostics.some((each) => isError(each) && each.at.file === gateway.document.file)) return undefined
  return new Map(Object.entries(gateway.content.environments).map(([name, each]) => [name, each.protected]))
}
