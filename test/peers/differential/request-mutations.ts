/** What can be wrong with the way in which a token and its proof are sent: RFC 6750 section 2.1, RFC 9449 sections 4.3 and 7. */
import type { Random } from './random.ts'

/** A request as its sender has put it together. */
export interface Presentation {
  readonly method: string
  readonly url: string
  readonly scheme: 'Bearer' | 'DPoP'
  readonly token: string
  /** The field's lines. */
  readonly authorization: readonly string[]
  readonly proofs: readonly string[]
  /** A proof of the holder for another text in place of the token. Of some client, where the token is bound to nobody. */
  readonly prove: (token: string) => string
}

export interface RequestMutation {
  readonly name: string
  readonly apply: (presentation: Presentation, random: Random) => Presentation
}

const OTHER_SCHEMES: readonly string[] = [
  'Basic',
  'Token',
  'JWT',
  'Bearerx',
  'DPoPx',
  'Bearer:',
  'Bearer-',
  'xBearer',
  'D\u00d6Pop',
  'Negotiate',
  'Bearer\t',
]

const respelled =
  (spell: (scheme: string, token: string, random: Random) => string): RequestMutation['apply'] =>
  (presentation, random) => ({
    ...presentation,
    authorization: [spell(presentation.scheme, presentation.token, random)],
  })

const randomCase = (text: string, random: Random): string =>
  [...text].map((letter) => (random.chance(0.5) ? letter.toUpperCase() : letter.toLowerCase())).join('')

const AUTHORIZATIONS: readonly RequestMutation[] = [
  {
    name: 'authorization: the scheme in another case',
    apply: respelled((scheme, token, random) => `${randomCase(scheme, random)} ${token}`),
  },
  {
    name: 'authorization: the other of both schemes',
    apply: respelled((scheme, token) => `${scheme === 'Bearer' ? 'DPoP' : 'Bearer'} ${token}`),
  },
  {
    name: 'authorization: another scheme',
    apply: respelled((_, token, random) => `${random.pick(OTHER_SCHEMES)} ${token}`),
  },
  {
    name: 'authorization: white space',
    apply: respelled((scheme, token, random) => {
      const middle = token.length >> 1
      return random.pick([
        `${scheme}  ${token}`,
        `${scheme}${' '.repeat(20)}${token}  `,
        ` \t${scheme} ${token}`,
        `${scheme} ${token}\t`,
        `${scheme}\t${token}`,
        `${scheme} \t${token}`,
        `${scheme}\u00a0${token}`,
        `${scheme} ${token}\u00a0`,
        `${scheme}${token}`,
        `${scheme} ${token.slice(0, middle)} ${token.slice(middle)}`,
        `${scheme} ${token} x`,
      ])
    }),
  },
  {
    name: 'authorization: no token, or none in the header',
    apply: (presentation, random) => ({
      ...presentation,
      authorization: random.pick([
        [],
        [''],
        ['   '],
        [presentation.scheme],
        [`${presentation.scheme} `],
        [presentation.token],
      ]),
    }),
  },
  {
    name: 'authorization: a parameter or quotes around the token',
    apply: respelled((scheme, token, random) =>
      random.pick([
        `${scheme} token=${token}`,
        `${scheme} token="${token}"`,
        `${scheme} "${token}"`,
        `${scheme} ${token}, realm="x"`,
        `${scheme} ${token};x`,
        `${scheme} ${token}=`,
        `${scheme} ${token}==`,
        `${scheme}=${token}`,
      ]),
    ),
  },
  {
    name: 'authorization: several',
    apply: (presentation, random) => {
      const { scheme, token } = presentation
      const own = `${scheme} ${token}`
      return {
        ...presentation,
        authorization: random.pick([
          [own, own],
          [own, 'Basic eDp5'],
          ['Basic eDp5', own],
          [`Bearer ${token}`, `DPoP ${token}`],
          [`${own},`],
          [`,${own}`],
          [`${own},${own}`],
          [`${own},x`],
        ]),
      }
    },
  },
]

const PROOFS: readonly RequestMutation[] = [
  { name: 'proof: none', apply: (presentation) => ({ ...presentation, proofs: [] }) },
  {
    name: 'proof: one although the token may not be bound',
    apply: (presentation) => ({ ...presentation, proofs: [presentation.prove(presentation.token)] }),
  },
  {
    name: 'proof: two',
    apply: (presentation, random) => {
      const { proofs, prove, token } = presentation
      const proof = proofs[0] ?? prove(token)
      return {
        ...presentation,
        proofs: random.pick([
          [proof, proof],
          [proof, prove(`${token}A`)],
          [proof, ''],
          ['', proof],
          [`${proof},`],
          [`${proof} ${proof}`],
          [`${proof},${proof}`],
        ]),
      }
    },
  },
  {
    name: 'proof: something else in its place',
    apply: (presentation, random) => ({
      ...presentation,
      proofs: [
        random.pick(['', 'x', 'null', '..', 'AAAA.AAAA.AAAA', presentation.token, presentation.scheme, '\u00e4']),
      ],
    }),
  },
  {
    name: 'proof: for another token',
    apply: (presentation, random) => ({
      ...presentation,
      proofs: [
        presentation.prove(
          random.pick(['', `${presentation.token}=`, presentation.token.slice(0, -1), `DPoP ${presentation.token}`]),
        ),
      ],
    }),
  },
  {
    name: 'proof: as the token',
    apply: (presentation) => {
      const token = presentation.proofs[0] ?? presentation.prove(presentation.token)
      return { ...presentation, token, authorization: [`${presentation.scheme} ${token}`] }
    },
  },
  {
    name: 'request: another method than the proof says',
    apply: (presentation, random) => ({
      ...presentation,
      method: random.pick(['GET', 'HEAD', 'POST', 'DELETE', 'X-TEST', 'get']),
    }),
  },
  {
    name: 'request: another address than the proof says',
    apply: (presentation, random) => ({
      ...presentation,
      url: random.pick([
        `${presentation.url}/x`,
        `${presentation.url}?a=b`,
        `${presentation.url}#a`,
        presentation.url.replace('example', 'EXAMPLE'),
        presentation.url.replace('v1', 'x/../v1'),
        presentation.url.replace('v1', '%76%31'),
        presentation.url.replace('v1', 'V1'),
        presentation.url.replace('api', 'upi'),
        presentation.url.replace('https', 'http'),
      ]),
    }),
  },
]

/** One that `Headers` takes: what cannot be sent is nothing to judge. */
export const REQUESTS = [...AUTHORIZATIONS, ...PROOFS]
