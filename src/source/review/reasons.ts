/** Why an environment does without something, in the words of `gateway.yaml`: what is compiled of it does not carry these. */
import { parseFiles } from '../parse.ts'
import type { SourceFile } from '../source-text.ts'

export interface SwitchedOff {
  /** The key of the environment, such as `revocation`. */
  readonly part: string
  readonly reason: string
}

export interface Reasons {
  /** Every part of the environment that says `{ off: <reason> }`. */
  readonly switchedOff: readonly SwitchedOff[]
  /** Host pattern -> why its paths may hold more. */
  readonly hosts: ReadonlyMap<string, string>
}

export function readReasons(files: readonly SourceFile[], environment: string): Reasons {
  const content = parseFiles(files).gateway?.content
  const declaration: object = content?.environments[environment] ?? {}
  const switchedOff = Object.entries(declaration).flatMap(([part, value]: readonly [string, unknown]) => {
    const { off } = Object(value) as { readonly off?: unknown }
    return typeof off === 'string' ? [{ part, reason: off }] : []
  })
  const hosts = Object.entries(content?.hostOptions ?? {}).map(([host, { reason }]) => [host, reason] as const)
  return { switchedOff, hosts: new Map(hosts) }
}
