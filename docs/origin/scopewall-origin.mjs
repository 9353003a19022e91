// @ts-check
/**
 * Lets an origin accept only requests that the Scopewall gate let in: it verifies the gate's HTTP Message Signature (RFC 9421).
 * One file for Node 20 and later, without dependencies: copy it next to your server. The guide is docs/origin.md.
 */
import { createHmac, createPublicKey, createSecretKey, timingSafeEqual, verify as verifySignature } from 'node:crypto'

/**
 * @typedef {{ decision: string, rule: string, issuer?: string, subject?: string, client?: string, scopes: readonly string[], acr?: string }} Statement
 *   What the gate vouches for. Without `issuer` and `subject` the rule is a public one, and nobody is known.
 * @typedef {{ ok: true, statement: Statement } | { ok: false, reason: string }} Verdict
 *   `reason` is for your log, not for the caller.
 * @typedef {Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string | readonly string[] | undefined>>} HeaderFields
 *   Pairs as they were received are best: frameworks join or drop fields that are there twice.
 * @typedef {{ method: string, url: string, headers: HeaderFields, authority?: string }} ReceivedRequest
 *   `url`: path and query as received. `authority`: what the gate sent to, where a proxy in between rewrites `Host`.
 * @typedef {{ verify(request: ReceivedRequest): Promise<Verdict> }} Verifier
 *   `verify` never rejects.
 * @typedef {{ kty?: string, crv?: string, x?: string, k?: string, kid?: string, use?: string }} Jwk
 *   An Ed25519 public key (RFC 8037), or `{ kty: 'oct', k, kid }` for a key that is shared with the gate.
 *
 * @typedef {object} VerifierOptions
 * @property {readonly Jwk[]} [keys] The gate's keys. Either these or `jwksUrl`.
 * @property {string} [jwksUrl] Where the gate publishes them: `https://<host of the gate>/_scopewall/jwks.json`.
 * @property {readonly string[]} authority What this origin is called by the gate, as `host` or `host:port`. Nothing sent to another one is accepted.
 * @property {number} [maxAgeSeconds] How old a signature may be, whatever it says itself.
 * @property {number} [leewaySeconds] How far the clocks may be apart.
 * @property {(nonce: string, untilSeconds: number) => boolean | Promise<boolean>} [seen] Replay guard. Remembers the nonce until then (epoch seconds)
 *   and says whether it was there before. Called only for signatures that hold.
 * @property {(reason: string) => void} [onRefusal] For your log.
 * @property {() => number} [clock] Milliseconds since 1970.
 * @property {(url: string, init: RequestInit) => Promise<Response>} [fetch]
 *
 * @typedef {{ algorithm: 'ed25519' | 'hmac-sha256', key: import('node:crypto').KeyObject }} VerificationKey
 * @typedef {ReadonlyMap<string, VerificationKey>} Keys By their `kid`.
 */

const LABEL = 'scopewall'
const PREFIX = 'scopewall-'
const DERIVED = ['@method', '@authority', '@path', '@query']
/** Fields that must be covered where they are there, besides all `scopewall-` ones. */
const COVERED_IF_PRESENT = ['authorization', 'content-digest']
/** Fields that must not be there twice, besides all `scopewall-` ones. */
const SINGLE = [...COVERED_IF_PRESENT, 'signature', 'signature-input', 'host', ':authority']

class Refused extends Error {}

/**
 * @param {unknown} condition
 * @param {string} reason
 * @returns {asserts condition}
 */
function must(condition, reason) {
  if (!condition) throw new Refused(reason)
}

/**
 * @param {VerifierOptions} options
 * @returns {Verifier}
 */
export function createVerifier({
  keys,
  jwksUrl,
  authority,
  maxAgeSeconds = 60,
  leewaySeconds = 5,
  seen,
  onRefusal = () => {},
  clock = Date.now,
  fetch = globalThis.fetch,
}) {
  const accepted = new Set(checkedAuthorities(authority))
  const findKey = keySource(keys, jwksUrl, clock, fetch)

  /** @param {ReceivedRequest} request @returns {Promise<Statement>} */
  async function check(request) {
    const fields = readFields(request.headers)
    const { components, input, parameters, signature } = readSignature(fields)
    const until = checkTimes(parameters, clock() / 1000, maxAgeSeconds, leewaySeconds)
    checkCoverage(components, fields)
    const host = (request.authority ?? fields.get('host') ?? fields.get(':authority') ?? '').toLowerCase()
    must(accepted.has(host), 'the authority is not accepted here')
    const base = signatureBase(components, input, { ...request, authority: host }, fields)
    const key = await findKey(parameters.keyid)
    must(key !== undefined, 'the key is not known')
    must(isSignedBy(key, Buffer.from(base, 'latin1'), signature), 'the signature does not hold')
    const statement = readStatement(fields)
    if (seen !== undefined) must((await seen(parameters.nonce, until)) === false, 'the nonce was seen before')
    return statement
  }

  /** @param {string} reason */
  function report(reason) {
    try {
      onRefusal(reason)
    } catch {
      // A log that is broken changes no verdict.
    }
  }

  return {
    async verify(request) {
      try {
        return { ok: true, statement: await check(request) }
      } catch (fault) {
        // Whatever went wrong, the request is refused.
        const reason = fault instanceof Refused ? fault.message : `the verifier failed: ${fault}`
        report(reason)
        return { ok: false, reason }
      }
    },
  }
}

/** @param {readonly string[]} authorities */
function checkedAuthorities(authorities) {
  const isList = Array.isArray(authorities) && authorities.length > 0
  if (!isList || !authorities.every((each) => /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?$/.test(each)))
    throw new TypeError('authority: a list of `host` or `host:port` is required')
  return authorities.map((each) => each.toLowerCase())
}

// ---- The message ----

/**
 * Names in lower case. Refuses what is there twice and matters here, and names that CGI and its kin would take for the gate's.
 * @param {HeaderFields} headers
 * @returns {ReadonlyMap<string, string>}
 */
function readFields(headers) {
  /** @type {Map<string, string>} */
  const fields = new Map()
  const pairs = Symbol.iterator in headers ? headers : Object.entries(headers)
  for (const [rawName, values] of pairs) {
    const name = rawName.toLowerCase()
    for (const value of values === undefined ? [] : [values].flat()) {
      const isOurs = folded(name).startsWith(PREFIX)
      must(!fields.has(name) || !(isOurs || SINGLE.includes(name)), `the field ${name} is there twice`)
      fields.set(name, trim(value))
    }
  }
  must(
    !(fields.has('host') && fields.has(':authority')) || fields.get('host') === fields.get(':authority'),
    'two hosts',
  )
  return fields
}

/**
 * As the servers read it that fold the most: of those that speak CGI or its kin, some fold `_` alone, others all but letters and digits.
 * @param {string} name in lower case
 */
const folded = (name) => name.replace(/[^a-z0-9-]/g, '-')

/**
 * Without the spaces and tabs around it. By hand: `/[\t ]+$/` begins anew at each blank inside, and nothing is verified yet.
 * @param {string} value
 */
function trim(value) {
  let start = 0
  let end = value.length
  while (start < end && isBlank(value[start])) start++
  while (end > start && isBlank(value[end - 1])) end--
  return value.slice(start, end)
}

/** @param {string} character */
const isBlank = (character) => character === ' ' || character === '\t'

const KEY = '[a-z*][a-z0-9_.*-]*'
const STRING = String.raw`"(?:[ !#-\[\]-~]|\\["\\])*"`
const BYTES = ':[A-Za-z0-9+/]*={0,2}:'
const ITEM = [
  STRING,
  String.raw`-?(?:[0-9]{1,12}\.[0-9]{1,3}|[0-9]{1,15})`,
  "[A-Za-z*][!#$%&'*+.^_`|~:/0-9A-Za-z-]*",
  BYTES,
  String.raw`\?[01]`,
].join('|')
const PARAMETERS = `(?:; *${KEY}(?:=(?:${ITEM}))?)*`
const ELEMENT = `(?:${ITEM})${PARAMETERS}`
const INNER_LIST = String.raw`\( *(?:${ELEMENT}(?: +${ELEMENT})* *)?\)${PARAMETERS}`

/**
 * The gate's member of a dictionary (RFC 8941 section 4.2.2): there must be exactly one, and no other member may be malformed.
 * @param {string | undefined} text
 * @param {string} pattern
 */
function ownMember(text, pattern) {
  must(text !== undefined, 'there is no signature')
  must(text.length <= 32_768, 'the signature is too long')
  const member = new RegExp(`(${KEY})=(${pattern})(?:[\\t ]*(,)[\\t ]*|$)`, 'y')
  /** @type {string[]} */
  const own = []
  for (let comma = ','; comma === ','; ) {
    const match = member.exec(text)
    must(match !== null, 'the signature is malformed')
    if (match[1] === LABEL) own.push(match[2])
    comma = match[3]
  }
  must(
    own.length === 1,
    own.length === 0 ? 'there is no signature of the gate' : 'two signatures claim to be of the gate',
  )
  return own[0]
}

/**
 * The gate writes names without parameters, and the parameters that are read here; anything else is not its own.
 * @param {ReadonlyMap<string, string>} fields
 */
function readSignature(fields) {
  const input = ownMember(fields.get('signature-input'), INNER_LIST)
  const [, list, rest] = /^\(([^)]*)\)(.*)$/.exec(input) ?? []
  must(list !== undefined && /^"[^"\\ ]+"(?: "[^"\\ ]+")*$/.test(list), 'the covered components are malformed')
  const components = list.split(' ').map((name) => name.slice(1, -1))
  must(new Set(components).size === components.length, 'a component is covered twice')
  const parameters = readParameters(rest)
  must(parameters.get('tag') === LABEL, 'the tag is another')
  const [created, expires] = ['created', 'expires'].map((name) => parameters.get(name))
  const [keyid, nonce] = ['keyid', 'nonce'].map((name) => parameters.get(name))
  must(typeof created === 'number' && typeof expires === 'number', 'the signature does not say when it holds')
  must(typeof keyid === 'string' && typeof nonce === 'string', 'keyid or nonce is missing')
  const base64 = ownMember(fields.get('signature'), BYTES + PARAMETERS).slice(1, -1)
  const signature = Buffer.from(base64, 'base64')
  must(signature.toString('base64') === base64, 'the signature is no base64')
  return { components, input, parameters: { created, expires, keyid, nonce }, signature }
}

/** @param {string} text @returns {ReadonlyMap<string, string | number>} */
function readParameters(text) {
  /** @type {Map<string, string | number>} */
  const parameters = new Map()
  const parameter = new RegExp(`;(created|expires|keyid|nonce|tag)=(?:([0-9]{1,15})|(${STRING}))`, 'y')
  while (parameter.lastIndex < text.length) {
    const match = parameter.exec(text)
    must(match !== null && !parameters.has(match[1]), 'the parameters are not those of the gate')
    parameters.set(match[1], match[2] === undefined ? match[3].slice(1, -1).replace(/\\(.)/g, '$1') : Number(match[2]))
  }
  return parameters
}

/**
 * Gives the second from which on the signature holds no more.
 * @param {{ created: number, expires: number }} parameters
 * @param {number} now @param {number} maxAge @param {number} leeway
 */
function checkTimes({ created, expires }, now, maxAge, leeway) {
  must(created <= now + leeway, 'the signature is of the future')
  const until = Math.min(expires, created + maxAge) + leeway
  must(now < until, 'the signature has expired')
  return until
}

/** @param {readonly string[]} components @param {ReadonlyMap<string, string>} fields */
function checkCoverage(components, fields) {
  const required = [...fields.keys()].filter(
    (name) => folded(name).startsWith(PREFIX) || COVERED_IF_PRESENT.includes(folded(name)),
  )
  for (const name of [...DERIVED, ...required]) must(components.includes(name), `${name} is not covered`)
}

/**
 * RFC 9421 section 2.5.
 * @param {readonly string[]} components @param {string} input
 * @param {{ method: string, url: string, authority: string }} request @param {ReadonlyMap<string, string>} fields
 */
function signatureBase(components, input, { method, url, authority }, fields) {
  must(url.startsWith('/') && !url.includes('#'), 'the request target is no path')
  const end = url.indexOf('?')
  const path = end < 0 ? url : url.slice(0, end)
  const query = end < 0 ? '?' : url.slice(end)
  /** @type {Readonly<Record<string, string>>} */
  const derived = { '@method': method, '@authority': authority, '@path': path, '@query': query }
  const lines = components.map((name) => {
    const value = DERIVED.includes(name) ? derived[name] : fields.get(name)
    must(value !== undefined, `${name} is covered, and not there`)
    must(/^[\t\x20-\x7E]*$/.test(value), `${name} is not ASCII on one line`)
    return `"${name}": ${value}`
  })
  return [...lines, `"@signature-params": ${input}`].join('\n')
}

/** @param {ReadonlyMap<string, string>} fields @returns {Statement} */
function readStatement(fields) {
  /** @param {string} name */
  const fact = (name) => {
    const value = fields.get(PREFIX + name)
    return value === undefined ? undefined : decodeURIComponent(value)
  }
  const [decision, rule] = [fact('decision'), fact('rule')]
  must(decision !== undefined && rule !== undefined, 'decision or rule is missing')
  const scopes = (fields.get('scopewall-scope') ?? '').split(' ').filter((scope) => scope !== '')
  return {
    decision,
    rule,
    issuer: fact('issuer'),
    subject: fact('subject'),
    client: fact('client'),
    scopes: scopes.map(decodeURIComponent),
    acr: fact('acr'),
  }
}

// ---- The keys ----

/**
 * The algorithm is the key's. What the message says of it counts for nothing, so that no public key can serve as a shared one.
 * @param {VerificationKey} key @param {Buffer} base @param {Buffer} signature
 */
function isSignedBy({ algorithm, key }, base, signature) {
  if (algorithm === 'ed25519') return verifySignature(null, base, key, signature)
  const expected = createHmac('sha256', key).update(base).digest()
  return signature.length === expected.length && timingSafeEqual(signature, expected)
}

/** @param {Jwk} jwk @returns {VerificationKey | undefined} */
function importKey(jwk) {
  if (jwk.use !== undefined && jwk.use !== 'sig') return undefined
  if (jwk.kty === 'oct' && typeof jwk.k === 'string') {
    const secret = Buffer.from(jwk.k, 'base64url')
    return secret.length < 32 ? undefined : { algorithm: 'hmac-sha256', key: createSecretKey(secret) }
  }
  if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || typeof jwk.x !== 'string') return undefined
  const { kty, crv, x } = jwk
  return { algorithm: 'ed25519', key: createPublicKey({ key: { kty, crv, x }, format: 'jwk' }) }
}

/** @param {readonly Jwk[]} jwks @returns {Keys} */
function importKeys(jwks) {
  /** @type {Map<string, VerificationKey>} */
  const keys = new Map()
  for (const jwk of jwks) {
    const key = importKey(jwk)
    if (key === undefined || typeof jwk.kid !== 'string' || keys.has(jwk.kid))
      throw new TypeError('keys: each must be an Ed25519 or a shared key with a `kid` of its own')
    keys.set(jwk.kid, key)
  }
  return keys
}

/**
 * @param {readonly Jwk[] | undefined} keys @param {string | undefined} jwksUrl
 * @param {() => number} clock @param {NonNullable<VerifierOptions['fetch']>} fetch
 * @returns {(keyid: string) => Promise<VerificationKey | undefined>}
 */
function keySource(keys, jwksUrl, clock, fetch) {
  if ((keys === undefined) === (jwksUrl === undefined)) throw new TypeError('give either keys or jwksUrl')
  if (jwksUrl !== undefined) return publishedKeys(checkedUrl(jwksUrl), clock, fetch)
  const imported = importKeys(keys ?? [])
  return async (keyid) => imported.get(keyid)
}

/** @param {string} url */
function checkedUrl(url) {
  const { protocol, hostname } = new URL(url)
  const isHere = ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
  if (protocol !== 'https:' && !isHere) throw new TypeError('jwksUrl: must be https')
  return url
}

const FRESH_MS = 10 * 60_000
const UNKNOWN_KEY_COOL_DOWN_MS = 30_000
const FAILURE_COOL_DOWN_MS = 5_000

/**
 * Fetched once for all who wait; anew after ten minutes, and for an unknown keyid at most every thirty seconds. Keys that cannot be had verify nothing.
 * @param {string} url @param {() => number} clock @param {NonNullable<VerifierOptions['fetch']>} fetch
 * @returns {(keyid: string) => Promise<VerificationKey | undefined>}
 */
function publishedKeys(url, clock, fetch) {
  /** @type {Keys} */
  let keys = new Map()
  let fetchedAt = Number.NEGATIVE_INFINITY
  let attemptedAt = Number.NEGATIVE_INFINITY
  /** @type {Promise<void> | undefined} */
  let flight

  async function load() {
    attemptedAt = clock()
    try {
      const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(5_000) })
      if (!response.ok) return
      const document = /** @type {{ keys: Jwk[] }} */ (await response.json())
      // A shared key that is published is no secret.
      keys = importKeys(document.keys.filter(({ kty, crv }) => kty === 'OKP' && crv === 'Ed25519'))
      fetchedAt = attemptedAt
    } catch {
      // The keys that there are stay for as long as they are fresh.
    }
  }

  return async (keyid) => {
    const isStale = () => clock() - fetchedAt >= FRESH_MS
    if (isStale() || !keys.has(keyid)) {
      const coolDown = isStale() ? FAILURE_COOL_DOWN_MS : UNKNOWN_KEY_COOL_DOWN_MS
      if (flight === undefined && clock() - attemptedAt >= coolDown)
        flight = load().finally(() => {
          flight = undefined
        })
      await flight
      must(!isStale(), 'the keys of the gate cannot be had')
    }
    return keys.get(keyid)
  }
}

// ---- The frameworks ----

const STATUS = 403
const ANSWER = { error: 'not_through_the_gate' }

/**
 * @typedef {{ authority?: string }} GuardOptions
 *   Where a proxy in between rewrites `Host`: the authority that the gate sends to.
 * @typedef {import('node:http').IncomingMessage & { originalUrl?: string, scopewall?: Statement }} NodeRequest
 */

/**
 * @param {import('node:http').IncomingMessage} message
 * @param {string | undefined} url @param {GuardOptions} options
 * @returns {ReceivedRequest}
 */
function received({ method = '', rawHeaders }, url = '', options) {
  /** @type {[string, string][]} */
  const headers = []
  for (let index = 0; index < rawHeaders.length; index += 2) headers.push([rawHeaders[index], rawHeaders[index + 1]])
  return { method, url, headers, ...options }
}

/**
 * `app.use(expressGuard(verifier))`, before everything else. The statement is `req.scopewall`. Serves Connect and bare Node servers, too.
 * @param {Verifier} verifier @param {GuardOptions} [options]
 */
export function expressGuard(verifier, options = {}) {
  /** @param {NodeRequest} req @param {import('node:http').ServerResponse} res @param {() => void} next */
  return async (req, res, next) => {
    const verdict = await verifier.verify(received(req, req.originalUrl ?? req.url, options))
    if (verdict.ok) {
      req.scopewall = verdict.statement
      return next()
    }
    res.writeHead(STATUS, { 'content-type': 'application/json' }).end(JSON.stringify(ANSWER))
  }
}

/**
 * `app.addHook('onRequest', fastifyGuard(verifier))`, before all routes. The statement is `request.scopewall`.
 * @param {Verifier} verifier @param {GuardOptions} [options]
 */
export function fastifyGuard(verifier, options = {}) {
  /**
   * @param {{ raw: import('node:http').IncomingMessage, originalUrl: string, scopewall?: Statement }} request
   * @param {{ code(status: number): { send(body: object): unknown } }} reply
   */
  return async (request, reply) => {
    const verdict = await verifier.verify(received(request.raw, request.originalUrl, options))
    if (!verdict.ok) return reply.code(STATUS).send(ANSWER)
    request.scopewall = verdict.statement
  }
}

/**
 * `app.use(honoGuard(verifier))`, before all routes. The statement is `c.get('scopewall')`.
 * @param {Verifier} verifier @param {GuardOptions} [options]
 */
export function honoGuard(verifier, options = {}) {
  /**
   * @param {{ req: { raw: Request }, env?: { incoming?: import('node:http').IncomingMessage }, set(name: string, value: unknown): void,
   *   json(body: object, status: 403): Response }} c
   * @param {() => Promise<void>} next
   */
  return async (c, next) => {
    const { method, url, headers } = c.req.raw
    const incoming = c.env?.incoming
    // On @hono/node-server the request is there as it came; elsewhere its URL has been parsed and written anew.
    const request =
      incoming === undefined
        ? { method, url: url.replace(/^https?:\/\/[^/?]*/, ''), headers, ...options }
        : received(incoming, incoming.url, options)
    const verdict = await verifier.verify(request)
    if (!verdict.ok) return c.json(ANSWER, STATUS)
    c.set('scopewall', verdict.statement)
    await next()
  }
}
