/** Who signs, by the options of a command: what is read, what is run, and what is said where it does not do. */
import { generateKeyPairSync, verify } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { keygen } from '../../src/cli/commands/keygen.ts'
import { Stop } from '../../src/cli/exit.ts'
import { signWithCommand } from '../../src/cli/signer-command.ts'
import { KEY_VARIABLE, signingOf } from '../../src/cli/signing.ts'
import { readSigningKey } from '../../src/cli/signing-key.ts'
import { GATEWAY, makeWorkplace, type Workplace } from '../support/cli.ts'
import { environmentOf } from '../support/environment.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
const jwk = privateKey.export({ format: 'jwk' })
const bytes = new TextEncoder().encode('what is signed')

let place: Workplace
let pemFile: string
beforeAll(async () => {
  place = await makeWorkplace()
  pemFile = join(place.folder, 'key.pem')
  await writeFile(pemFile, pem)
})
afterAll(() => place.close())
afterEach(() => {
  delete process.env[KEY_VARIABLE]
})

const signed = (...keys: { readonly id: string; readonly publicKey: string }[]) => {
  const [first, ...others] = keys
  return environmentOf('https://issuer.example.com', 'https://origin.example.com', {
    ...(first !== undefined && { releaseSigning: { keys: [first, ...others], validitySeconds: 86_400 } }),
  })
}
const own = { id: 'own', publicKey: String(jwk.x) }
const other = { id: 'other', publicKey: String(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x) }

const messageOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it went well',
    (error: unknown) => (error instanceof Stop ? `${error.message} | ${error.help}` : String(error)),
  )

describe('a private key', () => {
  test.each([
    ['a PEM', pem],
    ['a JWK', JSON.stringify(jwk)],
  ])('is read from %s', (_, text) => {
    const key = readSigningKey(text, 'x')
    expect(key.publicKey).toBe(jwk.x)
    expect(verify(null, bytes, publicKey, key.sign(bytes))).toBe(true)
  })

  test.each([
    ['a public key', publicKey.export({ format: 'pem', type: 'spki' }) as string],
    [
      'a key of another kind',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    ],
    [
      'a key with a passphrase',
      privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' }) as string,
    ],
    ['a damaged one', pem.replace('MC4', 'MC5')],
    ['nothing', ''],
  ])('is not read from %s, and nothing of it is quoted', (_, text) => {
    expect(() => readSigningKey(text, 'the file')).toThrow(/^the file holds no Ed25519 private key$/)
  })
})

describe('a command', () => {
  const program = (write: string) =>
    `${JSON.stringify(process.execPath)} -e ${JSON.stringify(
      `const c=require('crypto'),f=require('fs');const s=c.sign(null,f.readFileSync(0),f.readFileSync('${pemFile}'));process.stdout.write(${write})`,
    )}`

  test.each(['s', "s.toString('base64')+String.fromCharCode(10)", "s.toString('base64url')"])(
    'gives a signature as %s',
    async (write) => {
      expect(verify(null, bytes, publicKey, await signWithCommand(program(write), 'own', bytes))).toBe(true)
    },
  )

  test('finds the bytes under /dev/stdin, too, as clients of key management services want them', async () => {
    const [ours, theirs] = [join(place.folder, 'seen'), Buffer.alloc(64, 7)]
    await writeFile(join(place.folder, 'signature'), theirs)
    const command = `cat /dev/stdin > '${ours}' && cat '${join(place.folder, 'signature')}'`
    expect(Buffer.from(await signWithCommand(command, 'own', bytes))).toEqual(theirs)
    expect(await readFile(ours)).toEqual(Buffer.from(bytes))
  })

  test.each([
    [
      'that fails',
      'echo >&2; echo "no such key: $SCOPEWALL_KEY_ID" >&2; exit 3',
      /^the signer failed: no such key: own \|/,
    ],
    ['that fails without a word', 'exit 3', /^the signer failed: exit code 3 \|/],
    ['that is not there', 'no-such-signer-at-all', /^the signer failed: .*not found/],
    ['that says something else', 'echo hello', /^the signer wrote 6 bytes that are no Ed25519 signature/],
    ['that talks and talks', 'head -c 100000 /dev/zero', /that are no Ed25519 signature/],
  ])('%s is told from a good one', async (_, command, message) => {
    expect(await messageOf(signWithCommand(command, 'own', bytes))).toMatch(message)
  })

  test('that hangs is ended, and does not see a key of ours', async () => {
    expect(await messageOf(signWithCommand('sleep 60', 'own', bytes, 200))).toMatch(/did not answer within 0.2 seconds/)
    process.env[KEY_VARIABLE] = pem
    expect(await messageOf(signWithCommand(`echo "<$${KEY_VARIABLE}>" >&2; exit 1`, 'own', bytes))).toContain(
      'failed: <> |',
    )
  })
})

describe('the options', () => {
  test('a key in a file or in the environment is found among the keys by its public half', async () => {
    const environment = signed(other, own)
    expect(await signingOf(environment, { key: pemFile })).toMatchObject({ signer: { keyId: 'own' } })
    process.env[KEY_VARIABLE] = JSON.stringify(jwk)
    expect(await signingOf(environment, { validFor: '12h', above: '7' })).toMatchObject({
      above: 7,
      signer: { keyId: 'own', validForSeconds: 43_200 },
    })
  })

  test('a command signs with the one key, or with the one that is named', async () => {
    expect(await signingOf(signed(own), { signer: 'x' })).toMatchObject({ signer: { keyId: 'own' } })
    expect(await signingOf(signed(own, other), { signer: 'x', keyId: 'other' })).toMatchObject({
      signer: { keyId: 'other' },
    })
  })

  test('without keys nothing is signed, whatever the environment variable holds', async () => {
    process.env[KEY_VARIABLE] = pem
    expect(await signingOf(signed(), {})).toEqual({ trust: { environment: 'test' } })
  })

  test.each<[string, Parameters<typeof signingOf>[0], Parameters<typeof signingOf>[1], RegExp]>([
    ['nobody signs', signed(own), {}, /there is no key to sign with \| give `--key/],
    [
      'the key is a stranger',
      signed(other),
      { key: 'PEM' },
      /none of the `releaseKeys` of `test`.* \| those are: other;/,
    ],
    ['nobody would check it', signed(), { key: 'PEM' }, /has no `releaseKeys`/],
    ['two sign', signed(own), { key: 'PEM', signer: 'x' }, /exclude each other/],
    [
      'nobody knows with which key a command signs',
      signed(own, other),
      { signer: 'x' },
      /say so with --key-id: own, other/,
    ],
    ['the file is not there', signed(own), { key: 'absent.pem' }, /`absent.pem` cannot be read/],
    ['the time is none', signed(own), { key: 'PEM', validFor: '0s' }, /no length of time/],
    [
      'the time is longer than any environment may say',
      signed(own),
      { key: 'PEM', validFor: '401d' },
      /400 days at most/,
    ],
    ['the serial is none', signed(own), { key: 'PEM', above: '-1' }, /no serial/],
  ])('stop where %s', async (_, environment, options, message) => {
    const named = options.key === 'PEM' ? { ...options, key: pemFile } : options
    expect(await messageOf(signingOf(environment, named))).toMatch(message)
  })
})

test('from a new key to a signed release: made, named in the map, published, and renewed', {
  timeout: 60_000,
}, async () => {
  const made = await place.run('keygen', '--id', 'release-1', '--out', 'release.pem')
  expect([made.code, made.stdout]).toEqual([
    0,
    expect.stringMatching(/^- \{ id: release-1, publicKey: [\w-]{43} \}\n$/),
  ])
  const path = join(place.folder, 'release.pem')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const before = await readFile(path, 'utf8')
  expect(await messageOf(keygen({ out: path }))).toContain('is there already')
  expect(await readFile(path, 'utf8')).toBe(before)
  await place.write(
    'scopes/gateway.yaml',
    GATEWAY.replace('development:\n', `development:\n    releaseKeys:\n      ${made.stdout}`),
  )

  const published = await place.run('publish', '--key', 'release.pem', '--valid-for', '1d', '--json')
  expect(JSON.parse(published.stdout)).toMatchObject({
    changed: true,
    live: { serial: 1, environment: 'development', keyId: 'release-1' },
  })
  const again = await place.run('publish', '--key', 'release.pem')
  expect(again.stdout).toContain('renewed')
})
