/** What an incident is called: one line that says what happened, and to whom. */
import type { Incident, IncidentRule } from '../../policy/incident.ts'

/** Names may be as long as a token's. */
const MOST_NAME = 80

export function titleOf(
  { trigger, name: rule }: IncidentRule,
  { by, name }: Incident['group'],
  scope: string | undefined,
  isOverflow: boolean,
): string {
  const about = aboutOf(by, name)
  if (isOverflow) return `${rule}: many more at once`
  switch (trigger.kind) {
    case 'denials': {
      const what = [...trigger.codes, ...(trigger.details ?? [])].slice(0, 4).join('/')
      return `${what}: ${trigger.count} in ${spanOf(trigger.withinSeconds)}${about}`
    }
    case 'first-use':
      return `first use of ${cut(scope ?? 'a scope')}${about}`
    case 'notice':
      return `${rule}: ${cut(name ?? '')}`
  }
}

/** Titles are told to channels, and those learn no name of a token. */
function aboutOf(by: Incident['group']['by'], name: string | null): string {
  if (by === 'token') return ', one token'
  if (name === null) return by === 'all' ? '' : `, ${by} without a name`
  return `, ${by} ${cut(name)}`
}

export const cut = (text: string, most = MOST_NAME): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`

function spanOf(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`
}
