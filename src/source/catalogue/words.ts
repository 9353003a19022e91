/** What the catalogue says around the facts of the map, the same in every format. */
import type { DeprecationEntry, Sensitivity } from '../../policy/release.ts'
import type { CatalogueScope } from './catalogue.ts'
import type { Phrase } from './phrase.ts'
import type { OpenRoute, RouteUse } from './routes.ts'

/** What a developer needs to know before the first scope. */
export const INTRODUCTION: readonly Phrase[] = [
  [
    'Every route of the API says which scopes an access token must hold, and everything that no route allows is refused. ' +
      'Ask for the scopes that your client uses, and for no more.',
  ],
  [
    'Where a scope is missing, the answer is 403 with ',
    { code: 'insufficient_scope' },
    '; where the person must sign in anew or by stronger means, it is 401 with ',
    { code: 'insufficient_user_authentication' },
    '. Either way the header ',
    { code: 'WWW-Authenticate' },
    ' says what to ask for.',
  ],
]

/** How to read the tables of routes. */
export const LEGEND: Phrase = [
  { code: 'GET' },
  ' includes ',
  { code: 'HEAD' },
  '; ',
  { code: 'ANY' },
  ' is every method without a line of its own; ',
  { code: '{name}' },
  ' stands for one segment of the path and ',
  { code: '{name+}' },
  ' for one or more.',
]

/** What misuse of a token with such a scope does. */
export const SENSITIVITY_WORDS: Readonly<Record<Sensitivity, string>> = {
  low: 'does little harm',
  medium: 'harms single customers or daily work',
  high: 'harms many customers or the whole company',
  critical: 'does harm that cannot be undone',
}

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** What becomes of a scope that is on its way out. */
export function deprecationPhrase({ since, sunset, replacedBy = [], link }: DeprecationEntry): Phrase {
  return [
    `Deprecated since ${since}.`,
    ...(sunset === undefined ? [] : [` From ${sunset} (00:00 UTC) on it opens nothing.`]),
    ...(replacedBy.length === 0 ? [] : [' Ask for ', ...scopeList(replacedBy, ' or '), ' instead.']),
    ...(link === undefined ? [] : [' ', { link, text: 'Read the announcement' }, '.']),
  ]
}

/** What it contains and what contains it: sentences, or nothing. */
export const relationPhrases = ({ implies, impliedBy }: CatalogueScope): readonly Phrase[] => [
  ...(implies.length === 0
    ? []
    : [['Contains ', ...scopeList(implies, ' and '), ', which need not be asked for beside it.']]),
  ...(impliedBy.length === 0 ? [] : [['Contained in ', ...scopeList(impliedBy, ' and '), '.']]),
]

/** What a route without a scope asks for. */
export const openPhrase = ({ token, needs }: OpenRoute): Phrase =>
  joinPhrases([[token === 'none' ? 'no token' : 'any valid token'], ...needs], ', and ')

/** Whether a scope opens a route alone or together with which, and because of what it contains. */
export function scopesPhrase({ together, through }: RouteUse): Phrase {
  const others: Phrase = together.length === 0 ? ['alone'] : ['together with ', ...scopeList(together, ' and ')]
  return through.length === 0 ? others : [...others, ', as ', ...scopeList(through, ' and ')]
}

/** Over the routes that a scope opens because of what it contains. */
export const indirectTitle = (direct: number, indirect: number): string =>
  `${indirect}${direct === 0 ? '' : ' more'} route${indirect === 1 ? '' : 's'} through what it contains`

/** `a`, `b` and `c`. */
function scopeList(names: readonly string[], word: string): Phrase {
  return names.flatMap((scope, index) => {
    if (index === 0) return [{ scope }]
    return [index === names.length - 1 ? word : ', ', { scope }]
  })
}

/** Several phrases as one, each but the first after the word. */
export const joinPhrases = (phrases: readonly Phrase[], word: string): Phrase =>
  phrases.flatMap((phrase, index) => (index === 0 ? phrase : [word, ...phrase]))

/** An anchor that is the same text in the attribute and in a link to it, whatever the name holds. */
export const anchorOf = (kind: 'scope' | 'service', name: string): string =>
  `${kind}:${name.replace(/[^A-Za-z0-9._:-]/g, (character) => `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}`)}`
