/** Whether the secrets of sinks can be used at all: found at start, and not when there is something to tell. */
import type { SinkPolicy } from '../policy/event-policy.ts'
import { readWebhookSecret } from './standard-webhook.ts'

/** The name of the first secret that is none for what its sink uses it for. `text`: the value of one, by name. */
export function malformedSecret(sinks: readonly SinkPolicy[], text: (name: string) => string): string | undefined {
  return sinks.flatMap(usesOf).find(({ name, isUsable }) => !isUsable(text(name)))?.name
}

interface Use {
  readonly name: string
  readonly isUsable: (value: string) => boolean
}

function usesOf(sink: SinkPolicy): readonly Use[] {
  if (sink.kind === 'webhook')
    return [{ name: sink.secret, isUsable: (value) => readWebhookSecret(value) !== undefined }]
  return sink.kind === 'otlp' ? Object.values(sink.headers).map((name) => ({ name, isUsable: isHeaderValue })) : []
}

/** RFC 9110 section 5.5, without the characters beyond ASCII that hardly anybody means. */
const isHeaderValue = (value: string): boolean => /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/.test(value)
