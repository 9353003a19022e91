/** `scopewall export catalogue`: the scopes for developers of client applications, as Markdown or as one page. */
import { type Catalogue, createCatalogue } from '../../source/catalogue/catalogue.ts'
import { renderHtml } from '../../source/catalogue/html.ts'
import { renderMarkdown } from '../../source/catalogue/markdown.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { requireEnvironment, requireSoundMap } from '../map.ts'
import { count } from '../report.ts'
import { scopesSince } from '../since.ts'
import { note, print, printJson } from '../terminal.ts'
import { writeWhole } from '../write-whole.ts'

export interface ExportCatalogueOptions {
  readonly scopes: string
  readonly format: 'markdown' | 'html'
  readonly out?: string
  readonly env?: string
  readonly json?: boolean
}

export async function exportCatalogue({ scopes, format, out, env, json }: ExportCatalogueOptions): Promise<ExitCode> {
  const map = await requireSoundMap(scopes)
  const environment = env === undefined ? undefined : requireEnvironment(map, env)
  const catalogue = createCatalogue(map.document, {
    digest: map.digest,
    since: await scopesSince(scopes, new Set(Object.keys(map.document.scopes))),
    ...(environment && { environment }),
  })
  const text = RENDERERS[format](catalogue)
  if (out !== undefined) await writeWhole(out, text)
  if (json) printJson(out === undefined ? catalogue : { out, ...countsOf(catalogue) })
  else if (out === undefined) print(text.trimEnd())
  else {
    const { services, scopes: described } = countsOf(catalogue)
    note(`${out}: ${count(described, 'scope')} of ${count(services, 'service')}`)
  }
  return EXIT.done
}

const RENDERERS = { markdown: renderMarkdown, html: renderHtml } as const

const countsOf = ({ services }: Catalogue) => ({
  services: services.length,
  scopes: services.reduce((sum, service) => sum + service.scopes.length, 0),
})
