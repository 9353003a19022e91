/** `scopewall incidents list | show | acknowledge | close`: what became an incident, and what is done about it. */
import type { Incident, IncidentAnswer, IncidentQuery, IncidentsAnswer } from '../../policy/incident.ts'
import { writeIncidentQuery } from '../../policy/incident-query.ts'
import { type AdminOptions, adminClient } from '../admin-client.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { incidentTable, renderIncident } from '../incident-table.ts'
import { note, paint, print, printJson, visible } from '../terminal.ts'

export interface IncidentsOptions extends AdminOptions, Omit<IncidentQuery, 'rule' | 'before'> {
  readonly incidentRule?: string
  readonly beforeId?: string
}

export async function listIncidents(options: IncidentsOptions): Promise<ExitCode> {
  const { state, incidentRule: rule, severity, beforeId: before, limit } = options
  const query = writeIncidentQuery({
    ...(state !== undefined && { state }),
    ...(rule !== undefined && { rule }),
    ...(severity !== undefined && { severity }),
    ...(before !== undefined && { before }),
    limit,
  })
  const answer = readIncidents(await (await adminClient(options)).get(`incidents?${query}`))
  if (options.json) printJson(answer)
  else print(answer.incidents.length === 0 ? 'there is no such incident' : incidentTable(answer.incidents))
  const { learningUntil, dropped } = answer.watch
  if (learningUntil !== undefined) note(`first uses are only remembered until ${visible(learningUntil)}`)
  if (dropped > 0) note(`${dropped} groups or uses were forgotten early, for want of room`)
  if (answer.next !== null) note(`there are more: go on with --before-id ${visible(answer.next)}`)
  return EXIT.done
}

export async function showIncident(id: string, options: AdminOptions): Promise<ExitCode> {
  const answer = readIncident(await (await adminClient(options)).get(`incidents/${idOf(id)}`))
  if (options.json) printJson(answer)
  else print(renderIncident(answer))
  return EXIT.done
}

export interface ChangeOptions extends AdminOptions {
  readonly note?: string
}

export const acknowledgeIncident = (id: string, options: ChangeOptions): Promise<ExitCode> =>
  change(id, 'acknowledge', options)
export const closeIncident = (id: string, options: ChangeOptions): Promise<ExitCode> => change(id, 'close', options)

async function change(id: string, act: 'acknowledge' | 'close', options: ChangeOptions): Promise<ExitCode> {
  const body = JSON.stringify(options.note === undefined ? {} : { note: options.note })
  const answer = readIncident(await (await adminClient(options)).post(`incidents/${idOf(id)}/${act}`, body))
  if (options.json) printJson(answer)
  else
    print(
      `${paint('green', visible(answer.incident.state))} ${visible(answer.incident.id)}: ${visible(answer.incident.title)}`,
    )
  return EXIT.done
}

/** `inc_7`, or the number alone. */
function idOf(text: string): string {
  const [, digits] = /^(?:inc_)?([1-9]\d{0,14})$/.exec(text) ?? []
  if (digits === undefined) throw new Stop(EXIT.usage, `\`${text}\` is no id of an incident`, 'write it as `inc_7`')
  return `inc_${digits}`
}

const strange = (): Stop =>
  new Stop(EXIT.couldNotRun, 'the answer is not that of an admin API', 'is the Worker as new as this command?')

const isIncident = (value: unknown): value is Incident => {
  const { id, title, state, history, alerts, evidence, group } = Object(value)
  return (
    [id, title, state].every((each) => typeof each === 'string') &&
    [history, alerts, evidence].every(Array.isArray) &&
    typeof group === 'object'
  )
}

function readIncidents(value: unknown): IncidentsAnswer {
  const { incidents, watch } = Object(value)
  if (!Array.isArray(incidents) || !incidents.every(isIncident) || typeof watch !== 'object') throw strange()
  return value as IncidentsAnswer
}

function readIncident(value: unknown): IncidentAnswer {
  if (!isIncident(Object(value).incident)) throw strange()
  return value as IncidentAnswer
}
