/** What somebody expects of rules about incidents over recorded events: a YAML file, read as strictly as the map. */
import { z } from 'zod'
import { INCIDENT_SEVERITIES } from '../policy/incident.ts'
import { type Checked, checkSchema } from './check-schema.ts'
import { createDocument } from './document.ts'
import { exactText, identifier } from './fields.ts'
import { readText, type SourceFile } from './source-text.ts'
import { readYaml } from './yaml.ts'

const expectation = z.strictObject(
  {
    rule: identifier,
    group: exactText('write the name that the incident is about').optional(),
    severity: z.enum(INCIDENT_SEVERITIES, { error: 'write a severity' }).optional(),
    count: z.int({ error: 'write how many events it is made of' }).min(1).optional(),
    openedAt: exactText('write the time as the incident has it, such as `2026-11-28T12:00:00.000Z`').optional(),
  },
  { error: 'write a map with `rule`, and what else must hold of the incident' },
)

const file = z.strictObject(
  { incidents: z.array(expectation, { error: 'write a list of incidents, or `[]`' }) },
  { error: 'write a map with `incidents`' },
)

export type IncidentExpectation = z.output<typeof expectation>

/** The value is absent where anything is wrong. */
export function readExpectations(
  source: SourceFile,
): Pick<Checked<readonly IncidentExpectation[]>, 'value' | 'diagnostics'> {
  const text = readText(source)
  if (!text.ok) return { diagnostics: text.error }
  const { tree, diagnostics } = readYaml(source.path, text.value)
  if (tree === undefined) return { diagnostics }
  const document = createDocument(source.path, tree)
  const checked = checkSchema(file, document, document.root.value)
  const all = [...diagnostics, ...checked.diagnostics]
  return checked.value === undefined ? { diagnostics: all } : { value: checked.value.incidents, diagnostics: all }
}
