/** Who signs a change, by the options of the command: a key in a file or in the environment, or a command. */
import { readFile } from 'node:fs/promises'
import type { Environment, ReleaseKey } from '../policy/environment.ts'
import { isNonEmpty } from '../policy/result.ts'
import { type Signer, type Trust, trustOf } from '../release/signature.ts'
import { parseDuration } from '../source/duration.ts'
import { LONGEST_VALIDITY_SECONDS } from '../source/release-keys-schema.ts'
import { EXIT, Stop } from './exit.ts'
import { signWithCommand } from './signer-command.ts'
import { readSigningKey, type SigningKey } from './signing-key.ts'

export interface SigningOptions {
  readonly key?: string
  readonly signer?: string
  readonly keyId?: string
  readonly validFor?: string
  readonly above?: string
}

/** What a change is made with, for `release/`. */
export interface Signing {
  readonly trust: Trust
  readonly signer?: Signer
  readonly above?: number
}

export const KEY_VARIABLE = 'SCOPEWALL_SIGNING_KEY'

/** Stops before anything is read or written where the environment asks for a signature that nobody here can give. */
export async function signingOf(environment: Environment, options: SigningOptions): Promise<Signing> {
  const above = options.above === undefined ? undefined : requireSerial(options.above)
  const trust = trustOf(environment)
  const signer = await signerFor(environment, options)
  return { trust, ...(signer !== undefined && { signer }), ...(above !== undefined && { above }) }
}

async function signerFor(environment: Environment, options: SigningOptions): Promise<Signer | undefined> {
  const { key, signer: command } = options
  if (key !== undefined && command !== undefined) throw new Stop(EXIT.usage, '--key and --signer exclude each other')
  const keys = environment.releaseSigning?.keys
  const held = process.env[KEY_VARIABLE]
  if (keys === undefined) {
    // The variable may be there for other environments; an option was meant for this one.
    if (key === undefined && command === undefined) return undefined
    throw new Stop(
      EXIT.usage,
      `the environment \`${environment.name}\` has no \`releaseKeys\`: nobody would check the signature`,
      'add the public key to it in gateway.yaml and deploy, or leave the signer out',
    )
  }
  const validFor = options.validFor === undefined ? {} : { validForSeconds: requireValidity(options.validFor) }
  if (command !== undefined) {
    const keyId = options.keyId ?? onlyKey(keys, environment.name)
    return { keyId, ...validFor, sign: (bytes) => signWithCommand(command, keyId, bytes) }
  }
  if (key === undefined && (held === undefined || held === ''))
    throw new Stop(
      EXIT.usage,
      `releases are signed in \`${environment.name}\`, and there is no key to sign with`,
      `give \`--key <file>\` or \`--signer <command>\`, or set ${KEY_VARIABLE}`,
    )
  const signingKey = key === undefined ? readSigningKey(held ?? '', KEY_VARIABLE) : await readKeyFile(key)
  const keyId = options.keyId ?? matchingKey(signingKey, keys, environment.name)
  return { keyId, ...validFor, sign: async (bytes) => signingKey.sign(bytes) }
}

async function readKeyFile(path: string): Promise<SigningKey> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Stop(EXIT.couldNotRun, `the key file \`${path}\` cannot be read`)
  })
  return readSigningKey(text, `\`${path}\``)
}

function matchingKey({ publicKey }: SigningKey, keys: readonly ReleaseKey[], environment: string): string {
  const found = keys.find((key) => key.publicKey === publicKey)
  if (found !== undefined) return found.id
  throw new Stop(
    EXIT.usage,
    `this key is none of the \`releaseKeys\` of \`${environment}\`: the edge would not believe it`,
    `those are: ${keys.map(({ id }) => id).join(', ')}; this one's public half is ${publicKey}`,
  )
}

function onlyKey(keys: readonly ReleaseKey[], environment: string): string {
  const [first, ...others] = keys
  if (isNonEmpty(others) || first === undefined)
    throw new Stop(
      EXIT.usage,
      `\`${environment}\` has several \`releaseKeys\`, and nobody but you knows which one the command signs with`,
      `say so with --key-id: ${keys.map(({ id }) => id).join(', ')}`,
    )
  return first.id
}

function requireValidity(text: string): number {
  const seconds = parseDuration(text)
  if (seconds === undefined || seconds === 0)
    throw new Stop(EXIT.usage, `\`${text}\` is no length of time for --valid-for`, 'write it as 12h or 30d')
  if (seconds > LONGEST_VALIDITY_SECONDS)
    throw new Stop(
      EXIT.usage,
      `\`--valid-for ${text}\` is too long: a signature is good for 400 days at most`,
      'whoever can write KV can lead new isolates back for that long: weeks are enough',
    )
  return seconds
}

function requireSerial(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Stop(EXIT.usage, `\`${text}\` is no serial for --above`)
  return Number(text)
}
