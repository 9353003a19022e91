/** What vitest's JSON reporter says of tests that name an item of the standards. */
import { z } from 'zod'

/** One test that names an item in square brackets at the start of its title, or of a title around it. */
export interface Proof {
  /** Without the ids; titles around it stand before it. */
  readonly title: string
  /** From the root of the project. */
  readonly file: string
  readonly passed: boolean
}

export interface NamedProof extends Proof {
  /** Each once, in the order of the titles. */
  readonly ids: readonly string[]
  /** Line and column where the test is written: the cases of one table share it. Absent where vitest was not told to say it. */
  readonly place?: string
}

const REPORT = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          location: z.object({ line: z.number(), column: z.number() }).nullish(),
        }),
      ),
    }),
  ),
})

/** The tests of a report that name an item. A test that was skipped proves nothing and is left out. Throws where this is no report. */
export function proofsOf(report: unknown, root: string): readonly NamedProof[] {
  return REPORT.parse(report).testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.flatMap(({ ancestorTitles, title, status, location }) => {
      const titles = [...ancestorTitles, title].map(readTitle)
      const ids = [...new Set(titles.flatMap((each) => each.ids))]
      if (ids.length === 0 || (status !== 'passed' && status !== 'failed')) return []
      return {
        ids,
        title: titles.flatMap((each) => each.text || []).join(': '),
        file: relative(name, root),
        passed: status === 'passed',
        ...(location && { place: `${location.line}:${location.column}` }),
      }
    }),
  )
}

const IDS = /^(?:\[[A-Z]+-[0-9]+\]\s*)+/

function readTitle(title: string): { readonly ids: readonly string[]; readonly text: string } {
  const [prefix = ''] = IDS.exec(title) ?? []
  return { ids: prefix.match(/[A-Z]+-[0-9]+/g) ?? [], text: title.slice(prefix.length).trim() }
}

function relative(file: string, root: string): string {
  const [path, folder] = [file, root].map((text) => text.replaceAll('\\', '/').replace(/\/$/, '')) as [string, string]
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path
}
