/** What a new map cannot know by itself. */
import type { ProfileName } from '../profiles.ts'

export interface Deployment {
  /** The API's host, lower case. */
  readonly host: string
  /** `iss` of its tokens, exactly. */
  readonly issuer: string
  readonly audience: string
}

export interface InitAnswers {
  /** A file name without `.yaml`. */
  readonly service: string
  readonly owner: string
  readonly production: Deployment
  readonly staging?: Deployment
  /** Settings of a known identity provider, for all issuers. */
  readonly profile?: ProfileName
  /** `YYYY-MM-DD`: by this day somebody looks at the first scopes again. */
  readonly review: string
}
