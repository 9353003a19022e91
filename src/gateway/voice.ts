/** What the gate's own answers say of the deployment, worked out once. */
import type { Environment } from '../policy/environment.ts'
import { METADATA_PREFIX, OWN_PREFIX } from '../policy/reserved.ts'
import { metadataUrl } from './metadata.ts'
import type { Voice } from './refuse.ts'

export function voiceOf({ resource }: Environment): Voice {
  const origin = metadataUrl(resource).split(METADATA_PREFIX, 1)[0] ?? resource
  return {
    realm: origin.slice(origin.indexOf('//') + 2),
    metadataUrl: metadataUrl(resource),
    problemsUrl: `${origin}${OWN_PREFIX}problems/`,
  }
}
