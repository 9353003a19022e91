/** What was declared of incidents, and the built-in rules -> the rules that hold, each with its channels. */
import {
  type AlertChannel,
  type AwaitedNotice,
  INCIDENT_SEVERITIES,
  type IncidentPolicy,
  type IncidentResponse,
  type IncidentRule,
  type IncidentSeverity,
  type IncidentTrigger,
} from '../policy/incident.ts'
import { BUILTIN_INCIDENTS } from './builtin-incidents.ts'
import { DEFAULTS } from './defaults.ts'
import { compareText } from './diagnostic.ts'
import { parseDuration } from './duration.ts'
import { asNonEmpty } from './fields.ts'
import type { RuleDeclaration } from './incident-rule-schema.ts'
import type { IncidentsDeclaration } from './incidents-schema.ts'

const DAY_SECONDS = 86_400

/** Nothing where it is off. The built-in rules come first, then the others by name. */
export function compileIncidents({ off, channels, rules }: IncidentsDeclaration): {
  readonly incidents?: IncidentPolicy
} {
  if (off !== undefined) return {}
  const names = [
    ...BUILTIN_INCIDENTS.map(({ name }) => name),
    ...Object.keys(rules)
      .filter((name) => BUILTIN_INCIDENTS.every((builtin) => builtin.name !== name))
      .sort(compareText),
  ]
  return {
    incidents: {
      rules: names.flatMap((name) => compileRule(name, rules[name] ?? {}, channels) ?? []),
      channels: Object.entries(channels).map(
        ([name, { kind, url, secret }]): AlertChannel => ({ name, kind, secret, ...(url !== undefined && { url }) }),
      ),
    },
  }
}

/** Undefined where it is switched off. Total on a declaration without errors. */
function compileRule(
  name: string,
  declared: RuleDeclaration,
  channels: IncidentsDeclaration['channels'],
): IncidentRule | undefined {
  if (declared.off !== undefined) return undefined
  const builtin = BUILTIN_INCIDENTS.find((each) => each.name === name)
  const severity = declared.severity ?? builtin?.severity ?? 'low'
  return {
    name,
    severity,
    description: declared.description ?? builtin?.description ?? '',
    trigger: compileTrigger(declared, builtin?.trigger),
    quietSeconds: declared.quiet ?? secondsOf(DEFAULTS.incidentQuiet),
    alerts: declared.alerts ?? Object.keys(channels).filter((channel) => takes(channels[channel], severity)),
    ...responseOf(declared),
  }
}

const secondsOf = (text: string): number => parseDuration(text) ?? 0

const takes = (channel: IncidentsDeclaration['channels'][string] | undefined, severity: IncidentSeverity): boolean =>
  INCIDENT_SEVERITIES.indexOf(severity) >= INCIDENT_SEVERITIES.indexOf(channel?.from ?? DEFAULTS.channelFrom)

function responseOf({ respond }: RuleDeclaration): { readonly response?: IncidentResponse } {
  if (respond === undefined) return {}
  const { revoke, for: forSeconds } = respond
  return {
    response: revoke === undefined ? { kind: 'suspend', forSeconds } : { kind: 'revoke', target: revoke, forSeconds },
  }
}

function compileTrigger(declared: RuleDeclaration, builtin: IncidentTrigger | undefined): IncidentTrigger {
  if (declared.notice !== undefined || builtin?.kind === 'notice') return noticesOf(declared, builtin)
  return declared.firstUse !== undefined || builtin?.kind === 'first-use'
    ? firstUseOf(declared, builtin)
    : denialsOf(declared, builtin)
}

type Of<Kind extends IncidentTrigger['kind']> = Extract<IncidentTrigger, { readonly kind: Kind }>

function noticesOf({ notice }: RuleDeclaration, builtin: IncidentTrigger | undefined): Of<'notice'> {
  if (notice === undefined && builtin?.kind === 'notice') return builtin
  const notices = Object.entries(notice ?? {}).flatMap(([event, codes]): readonly AwaitedNotice[] =>
    codes === undefined ? [] : [{ event, codes }],
  )
  return { kind: 'notice', notices: asNonEmpty(notices) }
}

function firstUseOf(declared: RuleDeclaration, builtin: IncidentTrigger | undefined): Of<'first-use'> {
  const usual: Partial<Of<'first-use'>> = builtin?.kind === 'first-use' ? builtin : {}
  const scopes = declared.scopes ?? usual.scopes
  return {
    kind: 'first-use',
    sensitivity: declared.firstUse ?? usual.sensitivity ?? 'critical',
    ...(scopes !== undefined && { scopes }),
    rememberDays: Math.round((declared.remember ?? secondsOf(DEFAULTS.firstUseRemember)) / DAY_SECONDS),
    learnSeconds: declared.learn ?? secondsOf(DEFAULTS.firstUseLearn),
  }
}

function denialsOf(declared: RuleDeclaration, builtin: IncidentTrigger | undefined): Of<'denials'> {
  const usual: Partial<Of<'denials'>> = builtin?.kind === 'denials' ? builtin : {}
  // Details belong to the codes that they stand beside.
  const details = declared.details ?? (declared.denials === undefined ? usual.details : undefined)
  return {
    kind: 'denials',
    codes: asNonEmpty(declared.denials ?? usual.codes ?? []),
    ...(details !== undefined && { details }),
    by: declared.by ?? usual.by ?? 'all',
    count: declared.count ?? usual.count ?? 1,
    withinSeconds: declared.within ?? usual.withinSeconds ?? 1,
  }
}
