/** What `events` of an environment becomes for the Worker. */
import type { z } from 'zod'
import type { EventPolicy, SinkPolicy } from '../policy/event-policy.ts'
import { DEFAULTS } from './defaults.ts'
import { parseDuration } from './duration.ts'
import type { events } from './events-schema.ts'

type Declaration = z.output<typeof events>
type SinkDeclaration = NonNullable<Declaration['sinks']>[string]

/** Total on a file without errors. */
export function compileEvents({ sampleAllows, flush, names, hashKey, sinks }: Declaration): EventPolicy {
  const usual = DEFAULTS.eventNames
  return {
    sampleAllows: sampleAllows ?? DEFAULTS.sampleAllows,
    flushSeconds: flush ?? parseDuration(DEFAULTS.eventFlush) ?? 1,
    client: names?.client ?? usual.client,
    subject: names?.subject ?? usual.subject,
    token: names?.token ?? usual.token,
    ...(hashKey !== undefined && { hashKey }),
    sinks: Object.entries(sinks ?? { log: { kind: 'log' as const } }).map(([name, each]) => compileSink(name, each)),
  }
}

function compileSink(name: string, declaration: SinkDeclaration): SinkPolicy {
  const { kind, decisions = DEFAULTS.sinkDecisions, url = '', secret = '' } = declaration
  const common = { name, decisions }
  switch (kind) {
    case 'log':
      return { kind, ...common }
    case 'analytics':
      return { kind, ...common, binding: declaration.binding ?? '' }
    case 'webhook':
      return { kind, ...common, url, secret, shape: declaration.shape ?? DEFAULTS.webhookShape }
    case 'otlp':
      return { kind, ...common, url, headers: declaration.headers ?? {} }
  }
}
