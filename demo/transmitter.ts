/** The issuer as a transmitter of Shared Signals: it tells the gate when a session has ended (SSF 1.0, CAEP 1.0, pushed as RFC 8935 says). */
import { randomUUID } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import type Provider from 'oidc-provider'
import type { SigningKey } from './keys.ts'

/** Where events go, and what the receiver calls itself. */
export interface Receiver {
  readonly url: string
  readonly audience: string
}

const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
const PUSH = 'urn:ietf:rfc:8935'

type Middleware = Parameters<Provider['use']>[0]

/** SSF 1.0 section 7: where receivers find the keys. */
export function transmitterConfiguration(issuer: string): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/.well-known/ssf-configuration') return next()
    ctx.body = {
      spec_version: '1_0',
      issuer,
      jwks_uri: `${issuer}/jwks`,
      delivery_methods_supported: [PUSH],
      critical_subject_members: [],
    }
  }
}

/**
 * `DELETE /sessions/<account>`: what an administrator of an identity provider does. Ends every session of the account, tells the receiver of each, and answers
 * how many there were and what the receiver said. There is no login here: the demo listens on the loopback address alone.
 */
export function sessionEnd(provider: Provider, key: SigningKey, receiver: () => Receiver | undefined): Middleware {
  const sessionsOf = new Map<string, Set<string>>()
  provider.on('authorization_code.saved', ({ accountId, sessionUid }) => {
    if (accountId === undefined || sessionUid === undefined) return
    sessionsOf.set(accountId, (sessionsOf.get(accountId) ?? new Set()).add(sessionUid))
  })
  return async (ctx, next) => {
    const account = /^\/sessions\/(\w+)$/.exec(ctx.path)?.[1]
    if (account === undefined || ctx.method !== 'DELETE') return next()
    const uids = [...(sessionsOf.get(account) ?? [])]
    sessionsOf.delete(account)
    const told = receiver()
    const answers: number[] = []
    for (const uid of uids) {
      await (await provider.Session.findByUid(uid))?.destroy()
      if (told !== undefined)
        answers.push(await push(await sessionRevoked(provider.issuer, key, told, account, uid), told))
    }
    ctx.body = { sessionsEnded: uids.length, receiverAnswered: answers }
  }
}

/** A security event token (RFC 8417) about one session of one person. */
async function sessionRevoked(
  issuer: string,
  key: SigningKey,
  { audience }: Receiver,
  account: string,
  session: string,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    sub_id: {
      format: 'complex',
      user: { format: 'iss_sub', iss: issuer, sub: account },
      session: { format: 'opaque', id: session },
    },
    events: { [SESSION_REVOKED]: { event_timestamp: now, initiating_entity: 'admin' } },
  }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'secevent+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(now)
    .setJti(randomUUID())
    .sign(await importJWK({ ...key }, key.alg))
}

/** The status of the receiver's answer, or 0 where there is none. */
async function push(token: string, { url }: Receiver): Promise<number> {
  try {
    const headers = { 'content-type': 'application/secevent+jwt', accept: 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body: token })
    await response.body?.cancel()
    return response.status
  } catch {
    return 0
  }
}
