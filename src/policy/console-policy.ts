/** How people sign in to the console of an environment (docs/console.md). Nothing in it is a secret: the page is a public client. */

export interface ConsolePolicy {
  /** One of those whose tokens open the admin API. */
  readonly issuer: string
  /** As the provider knows the page: a public client, with PKCE and without a secret. */
  readonly clientId: string
  /** Asked for at first; what needs more asks for it when it is needed. */
  readonly scopes: readonly string[]
  /** RFC 8707, where the provider wants it. */
  readonly resource?: string
  /** Where the provider publishes no metadata that name them. */
  readonly endpoints?: SignInEndpoints
}

export interface SignInEndpoints {
  readonly authorization: string
  readonly token: string
}
