/** What can be wrong with any JWS, access token or proof: its header's control members, its signature, its spelling. */
import { createHmac, sign } from 'node:crypto'
import { type Draft, type Mutation, mutation, type Segments, signAs, withHeader } from './jws.ts'
import { THIEF } from './keys.ts'
import type { Random } from './random.ts'

const JSON_END = /\}$/
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

const signing = (draft: Draft, change: (honest: Buffer, random: Random) => Buffer, random: Random): Draft => ({
  ...draft,
  signature: (input, key) => change(Buffer.from(draft.signature(input, key)), random),
})

function flipBit(octets: Buffer, random: Random): Buffer {
  const at = random.below(octets.length)
  octets[at] = (octets[at] ?? 0) ^ (1 << random.below(8))
  return octets
}

/** The other `s` for the same message: just as valid where nobody asks for the lower one, as JOSE does not. */
function otherHalf(signature: Buffer): Buffer {
  if (signature.length !== 64) return signature
  const s = (ORDER - BigInt(`0x${signature.toString('hex', 32)}`)).toString(16).padStart(64, '0')
  return Buffer.from(signature.toString('hex', 0, 32) + s, 'hex')
}

/** Re-signs as an algorithm that was not agreed on, and says so or does not. */
function confuse(draft: Draft, random: Random): Draft {
  const { key } = draft
  const secret = random.pick([
    () => key.publicKey.export({ format: 'pem', type: 'spki' }),
    () => key.publicKey.export({ format: 'der', type: 'spki' }),
    () => JSON.stringify(key.jwk),
    () => '',
  ])()
  const alg = random.pick([key.alg, 'HS256', 'none', 'ES256', 'RS256'])
  return {
    ...withHeader(draft, { alg }),
    signature: (input) => (alg === 'none' ? Buffer.alloc(0) : createHmac('sha256', secret).update(input).digest()),
  }
}

/** RSA keys can sign both ways, and only one of them was agreed on. */
function otherPadding(draft: Draft): Draft {
  const { alg, privateKey } = draft.key
  const other = alg === 'RS256' ? 'PS256' : alg === 'PS256' ? 'RS256' : undefined
  return other === undefined
    ? withHeader(draft, { alg: 'RS256' })
    : { ...draft, signature: (input) => signAs(other, input, privateKey) }
}

export const SIGNATURES: readonly Mutation[] = [
  mutation('signature: a bit flipped', (draft, random) => signing(draft, flipBit, random)),
  mutation('signature: cut short or longer', (draft, random) =>
    signing(
      draft,
      (honest) =>
        random.pick([honest.subarray(0, -1), Buffer.concat([honest, Buffer.alloc(1)]), honest.subarray(0, 32)]),
      random,
    ),
  ),
  mutation('signature: empty or zeros', (draft, random) =>
    signing(draft, ({ length }) => Buffer.alloc(random.pick([0, length])), random),
  ),
  mutation('signature: in DER', (draft) => ({
    ...draft,
    signature: (input, key) =>
      key.alg === 'ES256'
        ? sign('sha256', Buffer.from(input), key.privateKey)
        : draft.signature(input, key).subarray(1),
  })),
  mutation('signature: the other s', (draft, random) => signing(draft, otherHalf, random)),
  mutation("signature: another's", (draft) => ({
    ...draft,
    signature: (input) => signAs('ES256', input, THIEF.privateKey),
  })),
  mutation('signature: of another text', (draft) => ({
    ...draft,
    signature: (input, key) => draft.signature(`${input}A`, key),
  })),
  mutation('signature: another algorithm', confuse),
  mutation('signature: the other RSA padding', otherPadding),
]

/** Members that change how the rest is read, or do so where they are heeded. */
const CONTROL_MEMBERS: readonly (readonly [string, unknown])[] = [
  ['crit', []],
  ['crit', ['exp']],
  ['crit', ['b64']],
  ['crit', 'b64'],
  ['crit', null],
  ['b64', true],
  ['b64', false],
  ['zip', 'DEF'],
  ['cty', 'JWT'],
  ['enc', 'A128GCM'],
]

const ALGORITHM_NAMES: readonly unknown[] = [
  'none', 'None', 'noNE', '', 'HS256', 'es256', 'ES256 ', 'ES256', 'ES384', 'ES512', 'ES256K', 'RS256', 'RS1', 'RS512', 'PS256', 'PS512',
  'EdDSA', 'Ed25519',
  'Ed448', 'ML-DSA-44', 'dir', 'constructor', 5, null, ['ES256'], undefined,
] // biome-ignore format: a list of names reads better packed

const HEADER_NAMES = ['typ', 'alg', 'kid', 'jwk', 'crit', 'b64', 'zip', 'cty', 'enc', 'jku', 'x5c', 'nonce', 'iss', '']

/** One JSON value of each kind, and some that are mistaken for others. */
export const ANYTHING: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  5,
  1.5,
  '',
  '5',
  [],
  {},
  [null],
  [[]],
  ['GET'],
  { a: 1 },
  '\u{1f511}',
]

/** Members that say where a key is to be found. In an access token nobody may look. */
const HARMLESS_MEMBERS: readonly (readonly [string, unknown])[] = [
  ['jku', 'https://evil.example/jwks'],
  ['x5u', 'https://evil.example/chain'],
  ['x5c', ['AAAA']],
  ['x5t#S256', 'AAAA'],
  ['nonce', 'n'],
  ['constructor', 'x'],
  ['__proto__', { alg: 'none' }],
  ['p2c', 2_000_000_000],
  ['ünï', '\u{1f511}'],
]

export const HEADERS: readonly Mutation[] = [
  mutation('header: crit, b64, zip, cty or enc', (draft, random) => {
    const [name, value] = random.pick(CONTROL_MEMBERS)
    return withHeader(draft, { [name]: value })
  }),
  mutation('header: b64 that is critical', (draft) => withHeader(draft, { b64: true, crit: ['b64'] })),
  mutation('header: alg', (draft, random) => withHeader(draft, { alg: random.pick(ALGORITHM_NAMES) })),
  mutation('header: any member, of any type', (draft, random) =>
    withHeader(draft, { [random.pick(HEADER_NAMES)]: random.pick(ANYTHING) }),
  ),
  mutation('header: longer than any limit', (draft) => withHeader(draft, { padding: 'x'.repeat(9_000) })),
  mutation('header: an unknown member', (draft, random) => {
    const [name, value] = random.pick(HARMLESS_MEMBERS)
    return withHeader(draft, { [name]: value })
  }),
]

const notUtf8 = (json: string): Buffer => {
  const [start = ''] = json.split(JSON_END)
  return Buffer.concat([Buffer.from(`${start},"x":"`), Buffer.from([0xff]), Buffer.from('"}')])
}
const twice = (json: string): Buffer =>
  Buffer.from(json.replace(JSON_END, ',"aud":"https://evil.example","iss":5,"typ":"JWT","htm":1}'))
const twiceFirst = (json: string): Buffer =>
  Buffer.from(json.replace('{', '{"aud":"https://evil.example","iss":5,"typ":"JWT","alg":"none","htm":1,'))
const spaced = (json: string): Buffer => Buffer.from(`\r\n\t ${json.replace(/([{,:])(?=["\d])/g, '$1 \n\t')} `)
const escaped = (json: string): Buffer =>
  Buffer.from(json.replace(/[a-z](?=")/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`))
const NO_OBJECTS = ['', '[]', 'null', '"{}"', '5', '{', '{}{}', "{'a':1}", '{"a":NaN}', '{"a":1,}', '[{"a":1}]']
const OCTETS: readonly (readonly [string, (json: string, random: Random) => Buffer])[] = [
  ['not UTF-8', notUtf8],
  ['a byte-order mark', (json) => Buffer.from(`\ufeff${json}`)],
  ['UTF-16', (json) => Buffer.from(json, 'utf16le')],
  ['a member twice, the last one bad', twice],
  ['a member twice, the first one bad', twiceFirst],
  ['white space and line feeds', spaced],
  ['escapes', escaped],
  ['no object', (json, random) => Buffer.from(random.pick(['{}', ...NO_OBJECTS, json.slice(0, -1), `${json}\0`]))],
]

export const TEXTS: readonly Mutation[] = [
  ...OCTETS.map(([name, octets]) =>
    mutation(`JSON: ${name}`, (draft, random) =>
      random.chance(0.5)
        ? { ...draft, claimsOctets: (json) => octets(draft.claimsOctets(json).toString(), random) }
        : { ...draft, headerOctets: (json) => octets(draft.headerOctets(json).toString(), random) },
    ),
  ),
]

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The same octets under another last character, where some of its bits are left over. */
function strayBits(segment: string, random: Random): string {
  const spare = segment.length % 4 === 2 ? 16 : segment.length % 4 === 3 ? 4 : 1
  const last = ALPHABET.indexOf(segment.slice(-1))
  return segment === '' ? '' : segment.slice(0, -1) + (ALPHABET[last - (last % spare) + random.below(spare)] ?? 'A')
}
const between = (segment: string, inserted: string, random: Random): string => {
  const at = random.below(segment.length + 1)
  return segment.slice(0, at) + inserted + segment.slice(at)
}
const SPELLINGS: readonly (readonly [string, (segment: string, random: Random) => string])[] = [
  ['padding', (segment, random) => segment + random.pick(['=', '==', '='.repeat((4 - (segment.length % 4)) % 4)])],
  ['the standard alphabet', (segment) => segment.replaceAll('-', '+').replaceAll('_', '/')],
  ['white space', (segment, random) => between(segment, random.pick(['\t', '\u00a0', ' ']), random)],
  ['stray bits', strayBits],
  [
    'a character of no alphabet',
    (segment, random) => between(segment, random.pick(['~', '!', '"', '{', '%', '*', '\u00e9', ':']), random),
  ],
  ['one character more', (segment, random) => between(segment, random.pick(['A', 'AAA', '-']), random)],
  ['empty', () => ''],
]

/** Spelled so before it is signed, or respelled afterwards. */
export const ENCODINGS: readonly Mutation[] = SPELLINGS.map(([name, spell]) =>
  mutation(`segment: ${name}`, (draft, random) => {
    const at = random.below(4)
    if (at === 0) return { ...draft, spell: (segment, part) => (part === 'header' ? spell(segment, random) : segment) }
    if (at === 1) return { ...draft, spell: (segment, part) => (part === 'claims' ? spell(segment, random) : segment) }
    const which = at === 2 ? 2 : random.below(3)
    return finishing(draft, (segments) =>
      segments.map((segment, index) => (index === which ? spell(segment, random) : segment)),
    )
  }),
)

const finishing = (draft: Draft, change: (segments: Segments) => readonly string[]): Draft => ({
  ...draft,
  finish: (segments) => change(segments).join('.'),
})

/** Most of what can stand in a header, and what means something in a JWS first of all. */
const CHARACTERS = [...ALPHABET, '.', '.', '=', '+', '/', '~', '\t', '"', '{', '\u00ff']

function otherCharacter(text: string, random: Random): string {
  const at = random.below(text.length)
  const end = at + random.below(3)
  return text.slice(0, at) + random.pick([...CHARACTERS, '']) + text.slice(end)
}

export const SHAPES: readonly Mutation[] = [
  mutation('text: a character more, fewer or another', (draft, random) => ({
    ...draft,
    finish: (segments) => otherCharacter(draft.finish(segments), random),
  })),
  mutation('segments: too few or too many', (draft, random) =>
    finishing(draft, (segments) => {
      const [header, claims, signature] = segments
      return random.pick<readonly string[]>([
        [header, claims],
        [header],
        [...segments, ''],
        ['', ...segments],
        [...segments, 'AA'],
        [...segments, signature, ''],
        [header, '', 'AAAA', claims, signature],
      ])
    }),
  ),
  mutation('segments: in another order', (draft, random) =>
    finishing(draft, ([header, claims, signature]) =>
      random.pick([
        [claims, header, signature],
        [header, signature, claims],
      ]),
    ),
  ),
  mutation('segments: JSON serialization', (draft) => ({
    ...draft,
    finish: ([header, claims, signature]) => JSON.stringify({ protected: header, payload: claims, signature }),
  })),
]
