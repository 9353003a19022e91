/** `scopewall usage`: what the counts of a gate say. */
import { type UsageQuery, writeQuery } from '../../policy/usage-query.ts'
import { type AdminOptions, adminClient } from '../admin-client.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { note, print, printJson } from '../terminal.ts'
import {
  renderClients,
  renderDeprecated,
  renderObserved,
  renderScopes,
  renderSinks,
  renderTraffic,
  renderUnmapped,
} from '../usage-table.ts'

export interface UsageOptions extends AdminOptions, Omit<UsageQuery, 'only' | 'from' | 'to'> {
  /** ISO 8601. */
  readonly since?: string
  readonly until?: string
  readonly unused?: boolean
  readonly shadow?: boolean
  readonly deprecated?: boolean
}

/** What each question is rendered by: the answer of a gate is taken as one if it has the member that is shown. */
const RENDERERS = {
  traffic: { member: 'series', render: renderTraffic },
  scopes: { member: 'scopes', render: renderScopes },
  clients: { member: 'clients', render: renderClients },
  unmapped: { member: 'paths', render: renderUnmapped },
  deprecated: { member: 'scopes', render: renderDeprecated },
  observed: { member: 'requests', render: renderObserved },
  sinks: { member: 'sinks', render: renderSinks },
} as const
type Shown = keyof typeof RENDERERS

export const usage =
  (question: Shown) =>
  async (options: UsageOptions): Promise<ExitCode> => {
    const client = await adminClient(options)
    const answer = await client.get(`usage/${question}?${writeQuery(queryOf(options))}`)
    const { member, render } = RENDERERS[question]
    if (!Array.isArray(Object(answer)[member]))
      throw new Stop(
        EXIT.couldNotRun,
        'the answer is not that of a gate that counts',
        'is the Worker of this version deployed?',
      )
    if (options.json) printJson(answer)
    else print((render as (answer: unknown) => string)(answer))
    return EXIT.done
  }

/** Lines as they come: the file may be larger than what fits into memory. */
export async function usageReplay(options: UsageOptions): Promise<ExitCode> {
  const client = await adminClient(options)
  let lines = 0
  for await (const chunk of client.stream(`usage/replay?${writeQuery(queryOf(options))}`)) {
    lines += chunk.split('\n').length - 1
    process.stdout.write(chunk)
  }
  note(lines === 0 ? 'nothing was counted in this time' : `${lines} lines; next: scopewall diff --usage <file>`)
  return EXIT.done
}

function queryOf(options: UsageOptions): UsageQuery {
  const { since, until, period, by, outcome, code, service, rule, client, scope } = options
  const chosen = (['unused', 'shadow', 'deprecated'] as const).filter((name) => options[name] === true)
  const [only] = chosen
  if (chosen.length > 1)
    throw new Stop(EXIT.usage, 'only one of --unused, --shadow and --deprecated can be asked for at a time')
  const query = {
    from: since,
    to: until,
    period,
    by,
    outcome,
    code,
    service,
    rule,
    client,
    scope,
    only,
  }
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
}
