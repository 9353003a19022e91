/**
 * How the demo's person logs in: the interaction page answers by itself, with the authentication that was asked for. No
 * browser is needed, and one works too. A real issuer would show its login form here.
 */
import { interactionPolicy, type KoaContextWithOIDC, type default as Provider } from 'oidc-provider'

/** The `acr` values that the demo's person can reach, with what proves each (`amr`, RFC 8176). */
const AUTHENTICATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['phr', ['pop', 'user']],
  ['phrh', ['hwk', 'user']],
])

/** Phishing-resistant, and phishing-resistant with hardware protection. */
export const ACR_VALUES: readonly string[] = [...AUTHENTICATIONS.keys()]

/** Who can log in: the first unless `login_hint` names another. */
const ACCOUNTS = ['sam', 'kim'] as const

/** Where the provider sends the person's browser to log in. */
export const interactionUrl = (uid: string): string => `/interaction/${uid}`

/** The default policy, and one check more: a session of a weaker `acr` than asked for must log in again (RFC 9470). */
export function createLoginPolicy(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base()
  // Nobody is there to agree each time that a page on this machine signs in.
  policy.get('consent')?.checks.remove('native_client_prompt')
  policy.get('login')?.checks.add(
    new interactionPolicy.Check(
      'acr_values',
      'a stronger authentication is asked for',
      'login_required',
      ({ oidc }) => {
        const wanted = reachable(oidc.params?.acr_values)
        return wanted.length > 0 && !wanted.includes(oidc.acr ?? '')
      },
    ),
  )
  return policy
}

/** Middleware that completes every login interaction at once; all other paths pass. */
export function createAutomaticLogin(provider: Provider): Parameters<Provider['use']>[0] {
  return async (ctx, next) => {
    if (!ctx.path.startsWith(interactionUrl(''))) return next()
    const { params } = await provider.interactionDetails(ctx.req, ctx.res)
    const [acr] = reachable(params.acr_values)
    const amr = acr === undefined ? ['pwd'] : AUTHENTICATIONS.get(acr)
    const accountId = ACCOUNTS.find((account) => account === params.login_hint) ?? ACCOUNTS[0]
    const login = { accountId, amr: [...(amr ?? [])], ...(acr === undefined ? {} : { acr }) }
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { login }))
  }
}

/** The demo's clients belong to the issuer's owner: what they ask for is granted without a consent page. */
export async function grantWithoutConsent({ oidc }: KoaContextWithOIDC) {
  if (oidc.account === undefined || oidc.client === undefined) return undefined
  const grant = new oidc.provider.Grant({ accountId: oidc.account.accountId, clientId: oidc.client.clientId })
  grant.addOIDCScope([...oidc.requestParamOIDCScopes].join(' '))
  for (const [resource, server] of Object.entries(oidc.resourceServers ?? {})) {
    grant.addResourceScope(resource, [...oidc.requestParamScopes].filter((name) => server.scopes.has(name)).join(' '))
  }
  await grant.save()
  return grant
}

const reachable = (acrValues: unknown): readonly string[] =>
  typeof acrValues === 'string' ? acrValues.split(' ').filter((acr) => AUTHENTICATIONS.has(acr)) : []
