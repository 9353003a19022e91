/** What a provider's tokens look like, with made-up values: an access token, and what the same issuer signs with the same key for other ends. */
import type { ProfileName } from '../../src/source/profiles.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** To be signed with a key that is published under the `kid` of the header, where there is one. */
export interface SampleToken {
  readonly header: JsonObject
  readonly claims: JsonObject
}

export interface ProfileFixture {
  readonly profile: ProfileName
  /** What is special about these tokens; unique together with the profile. */
  readonly variant: string
  readonly issuer: string
  readonly audience: string
  readonly accessToken: SampleToken
  /**
   * For the API's audience, so that only the profile can tell it apart; without `nonce` and `at_hash`, which would give it away and which an
   * issuer need not send (OpenID Connect Core 1.0 sections 2 and 3.1.3.6).
   */
  readonly idToken: SampleToken
  /** What else of this provider must not pass. */
  readonly refused?: readonly (SampleToken & { readonly what: string })[]
  readonly expected: {
    readonly scopes: readonly string[]
    readonly client: string | undefined
    readonly subject: string | undefined
    /** Absent: the token names none. */
    readonly acrs?: readonly string[]
    /** Absent: the token names none. */
    readonly amr?: readonly string[]
  }
}

/** The tokens were issued a minute ago, and are good for another hour. */
export const FIXTURE_NOW = 1_800_000_000
export const TIMES = { iat: FIXTURE_NOW - 60, exp: FIXTURE_NOW + 3600 }

/** A SHA-256 JWK thumbprint: the one of RFC 9449 section 6.1. */
export const THUMBPRINT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'
