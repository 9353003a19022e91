/** `scopewall incidents test`: the environment's rules over recorded events, without a gate. */
import { readFile } from 'node:fs/promises'
import { evaluate } from '../../audit/incidents/evaluate.ts'
import { createMapMemory } from '../../audit/incidents/map-memory.ts'
import { LIMITS } from '../../audit/incidents/memory.ts'
import type { Release } from '../../policy/decode.ts'
import type { Incident, IncidentPolicy } from '../../policy/incident.ts'
import { rateScopes } from '../../policy/rated-scopes.ts'
import { type IncidentExpectation, readExpectations } from '../../source/incident-expectations.ts'
import { didYouMean } from '../../source/suggest.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { incidentTable } from '../incident-table.ts'
import { requireEnvironment, requireSoundMap, stopAt } from '../map.ts'
import { recordedBatches } from '../recorded-events.ts'
import { note, paint, print, printJson, visible } from '../terminal.ts'

export interface IncidentTestOptions {
  readonly scopes: string
  readonly env: string
  readonly expected?: string
  /** As if first uses had been remembered for long enough. */
  readonly skipLearning?: boolean
  readonly json?: boolean
}

export async function testIncidents(file: string, options: IncidentTestOptions): Promise<ExitCode> {
  const map = await requireSoundMap(options.scopes)
  const { incidents: policy } = requireEnvironment(map, options.env)
  if (policy === undefined)
    throw new Stop(
      EXIT.usage,
      `nothing is an incident in \`${options.env}\``,
      '`incidents` is off there, with a reason',
    )
  const expected = options.expected === undefined ? undefined : await expectationsIn(options.expected, policy)
  const { incidents, events, dropped } = await replay(file, policy, map.release, options.skipLearning === true)
  const flaws = expected === undefined ? [] : differences(expected, incidents)
  if (options.json) printJson({ events, incidents, dropped, ...(expected && { differences: flaws }) })
  else {
    print(incidents.length === 0 ? `no incident in ${events} events` : incidentTable(incidents))
    if (dropped > 0) note(`${dropped} groups or uses were forgotten early, for want of room`)
    for (const flaw of flaws) print(`${paint('red', 'differs')}  ${flaw}`)
    if (expected !== undefined && flaws.length === 0) print(paint('green', 'as expected'))
  }
  return flaws.length === 0 ? EXIT.done : EXIT.denied
}

async function replay(
  file: string,
  { rules }: IncidentPolicy,
  release: Release,
  isLearned: boolean,
): Promise<{ readonly incidents: readonly Incident[]; readonly events: number; readonly dropped: number }> {
  const memory = createMapMemory(LIMITS, isLearned ? Number.NEGATIVE_INFINITY : undefined)
  let [events, now] = [0, 0]
  for await (const batch of recordedBatches(file)) {
    events += batch.decisions.length + batch.notices.length
    now = Math.max(now, batch.to)
    const exercised = [...new Set(batch.usage.flatMap((tally) => tally.exercised ?? []))]
    evaluate(batch, { rules, rated: rateScopes(release, new Set(), exercised), plainClients: true, now }, memory)
  }
  return { incidents: memory.incidents(), events, dropped: memory.dropped() }
}

async function expectationsIn(path: string, { rules }: IncidentPolicy): Promise<readonly IncidentExpectation[]> {
  const bytes = await readFile(path).catch(() => {
    throw new Stop(EXIT.couldNotRun, `\`${path}\` cannot be read`)
  })
  const source = { path, bytes }
  const { value, diagnostics } = readExpectations(source)
  if (value === undefined) throw stopAt('the file of expectations', diagnostics, [source])
  const names = rules.map(({ name }) => name)
  const unknown = value.find(({ rule }) => !names.includes(rule))
  if (unknown !== undefined)
    throw new Stop(
      EXIT.usage,
      `\`${path}\` expects an incident of \`${unknown.rule}\`, which is no rule of this environment`,
      didYouMean(unknown.rule, names) ?? `its rules are ${names.join(', ')}`,
    )
  return value
}

/** Each expectation is met by one incident, and each incident meets one. */
function differences(expected: readonly IncidentExpectation[], incidents: readonly Incident[]): readonly string[] {
  const left = [...incidents]
  const unmet = expected.filter((each) => {
    const index = left.findIndex((incident) => meets(incident, each))
    if (index >= 0) left.splice(index, 1)
    return index < 0
  })
  return [
    ...unmet.map((each) => `expected, and not there: ${visible(JSON.stringify(each))}`),
    ...left.map(({ rule, title, openedAt }) => `there, and not expected: ${visible(`${rule}, ${title}, ${openedAt}`)}`),
  ]
}

const meets = (incident: Incident, { rule, group, severity, count, openedAt }: IncidentExpectation): boolean =>
  incident.rule === rule &&
  (group === undefined || incident.group.name === group) &&
  (severity === undefined || incident.severity === severity) &&
  (count === undefined || incident.count === count) &&
  (openedAt === undefined || incident.openedAt === openedAt)
