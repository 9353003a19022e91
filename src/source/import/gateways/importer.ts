/** What the importers of gateways have in common: reading, the user's decisions, and the map that comes of a plan. */
import { fail, ok, type Result } from '../../../policy/result.ts'
import type { Finding } from '../../diagnostic.ts'
import type { SourceFile } from '../../source-text.ts'
import { decodeUtf8 } from '../../utf8.ts'
import type { Imported } from '../imported.ts'
import type { Importer } from '../importer.ts'
import { assemble } from './assemble.ts'
import type { Node } from './node.ts'
import type { Part, Plan } from './plan.ts'
import { readConfig } from './read-config.ts'

/**
 * A file that cannot be read in full stops the import: what it says might be what refuses.
 *
 * @param what the files should hold, in the plural: `routes of Kong`
 */
export const gatewayImporter =
  <P extends Part>(what: string, planOf: (documents: readonly Node[]) => Plan<P>): Importer =>
  ({ files }, options) => {
    const texts = decode(files)
    if (!texts.ok) return texts
    const { documents, problems } = readConfig(texts.value)
    if (problems.length > 0) return fail(problems)
    const plan = planOf(documents)
    if (plan.parts.length === 0 && plan.findings.length === 0)
      return fail([
        { at: { file: files[0]?.path ?? '', line: 1, column: 1 }, message: `there are no ${what} in the files` },
      ])
    return withHosts(assemble(plan, options), options.hosts)
  }

function decode(
  files: readonly SourceFile[],
): Result<readonly { readonly path: string; readonly text: string }[], readonly Finding[]> {
  const texts = files.map(({ path, bytes }) => ({ path, text: decodeUtf8(bytes) }))
  const wrong = texts
    .filter(({ text }) => !text.ok)
    .map(({ path }) => ({ at: { file: path, line: 1, column: 1 }, message: 'the file is not UTF-8' }))
  if (wrong.length > 0) return fail(wrong)
  return ok(texts.map(({ path, text }) => ({ path, text: text.ok ? text.value.replace(/^\uFEFF/, '') : '' })))
}

/** Hosts that the user names take the place of the source's, which must then say the same of all of its own. */
function withHosts(imported: Imported, hosts: readonly string[]): Result<Imported, readonly Finding[]> {
  const [first, ...others] = imported.services
  if (hosts.length === 0 || first === undefined) return ok(imported)
  const other = others.find((service) => service.hosts.join() !== first.hosts.join())
  const at = other?.rules[0]?.at
  if (at !== undefined)
    return fail([
      {
        at,
        message: 'the source says different things of different hosts, so that others cannot take their place',
        help: 'leave out `--host`',
      },
    ])
  const host = hosts[0]?.replace(/^\*/, 'some')
  return ok({
    ...imported,
    services: imported.services.map((service) => ({ ...service, hosts })),
    cases: imported.cases.map((row) => (host === undefined ? row : { ...row, host })),
  })
}
