/** Where a command looks for KV: which environment of wrangler.toml, on this machine or at Cloudflare. */
import { EXIT, Stop } from './exit.ts'

/** The name under which wrangler.toml binds the namespace. */
export const BINDING = 'SCOPES'

export interface Place {
  /** As wrangler knows it; undefined is the top level of wrangler.toml, which is development. */
  readonly environment: string | undefined
  readonly isLocal: boolean
  readonly config: string
}

export interface PlaceOptions {
  readonly env: string
  readonly local?: boolean
  readonly remote?: boolean
  readonly config: string
}

/** Development is local unless told otherwise, everything else is remote. */
export function placeOf({ env, local, remote, config }: PlaceOptions): Place {
  if (local === true && remote === true) throw new Stop(EXIT.usage, '--local and --remote exclude each other')
  const isDevelopment = env === 'development'
  return {
    environment: isDevelopment ? undefined : env,
    isLocal: local === true || (isDevelopment && remote !== true),
    config,
  }
}

export const describePlace = ({ environment, isLocal }: Place): string =>
  `${environment ?? 'development'} (${isLocal ? 'local KV' : 'KV at Cloudflare'})`
