/** What the gate's own answers say of the deployment, worked out once. */
import type { Environment } from '../policy/environment.ts'
import { METADATA_PREFIX, OWN_PREFIX } from '../policy/reserved.ts'
import type { NonEmpty } from '../policy/result.ts'
import type { Scheme } from '../token/credential.ts'
import { isDpopRequired, metadataUrl } from './metadata.ts'

/** All of it ASCII without `"` and `\`: checked when the environment is read. */
export interface Voice {
  readonly realm: string
  /** Where `type` URIs of problems live; each can be fetched. */
  readonly problemsUrl: string
  /** RFC 9728 section 5.1, for the services that are no resources of their own. */
  readonly metadataUrl: string
  /** By service: those that are. */
  readonly metadataUrls: ReadonlyMap<string, string>
  /** What can be challenged with: those that a token could be accepted under. */
  readonly schemes: NonEmpty<Scheme>
  /** RFC 9449 section 7.1: `algs`, space-separated; empty where DPoP is not spoken here. */
  readonly dpopAlgorithms: string
}

export function voiceOf(environment: Environment): Voice {
  const { resource, services, dpop } = environment
  const origin = metadataUrl(resource).split(METADATA_PREFIX, 1)[0] ?? resource
  return {
    realm: origin.slice(origin.indexOf('//') + 2),
    problemsUrl: `${origin}${OWN_PREFIX}problems/`,
    metadataUrl: metadataUrl(resource),
    metadataUrls: new Map(Object.entries(services).map(([name, each]) => [name, metadataUrl(each.resource)])),
    schemes: isDpopRequired(environment) ? ['dpop'] : dpop === undefined ? ['bearer'] : ['bearer', 'dpop'],
    dpopAlgorithms: dpop?.algorithms.join(' ') ?? '',
  }
}
