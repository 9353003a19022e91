/**
 * What a path that no rule covers looks like, without what could name somebody: the words of an API stay, everything else is `{}`. Whoever reads it wants to know
 * which route is missing, not whose data was asked for; so what could be a name is taken for one.
 */

/** Of segments; what follows them is `{+}`. */
export const MOST_SHAPE_SEGMENTS = 8
/** Stands for all shapes of a window together once there are too many. */
export const OTHER_SHAPES = '/{+}'

/** Two to three parts at most, of letters alone: `bulk-imports`, `line_items`, `paymentMethods`. */
const WORD = /^[a-z]{2,16}(?:[-_]?[A-Z]?[a-z]{2,16}){0,2}$/
const LONGEST_WORD = 32
const VERSION = /^v\d{1,2}(?:\.\d{1,2})?$/
/** No word of a language that APIs are written in has five consonants in a row, or none of the vowels; hexadecimal digits have no other letters than these. */
const UNSPEAKABLE = /[bcdfghjklmnpqrstvwxz]{5}|^[^aeiouy]+$|^[a-f]{6,}$/i

/** What comes behind another word and names no one. */
const COMMON = new Set(
  (
    'accept accounts actions activate activity admin alerts all api approve archive attachments audit auth balance batch bulk callback cancel capture categories charge charges ' +
    'checkout clients close comments complete config confirm contacts content copy count create credentials current customers data delete details devices disable docs documents ' +
    'download edit emails enable entries events export exports favicon feed fields files filter forms graphql groups health healthz history hooks images import imports index info ' +
    'internal invoices items jobs keys labels latest lines links list live locations lock login logout logs me media members merge messages meta metadata metrics move new notes ' +
    'notifications oauth options orders organizations pages password payments pending permissions photos ping plans policies preferences preview prices private products profile ' +
    'projects public publish queries query ready receipts records refund refunds register reject reports reset resources restore results retry revoke roles rules rpc run schedule ' +
    'schema search secrets send services sessions settings share start stats status stop stream subscriptions summary sync tags tasks teams templates tenants test tickets token ' +
    'tokens transactions transfer transfers trash undo unlock update upload uploads url usage users validate values verify versions views webhooks whoami workflows'
  ).split(' '),
)

/**
 * `words`: what the map itself calls things; these stay wherever they stand. Of the others, a word stays at the beginning and behind a version or something
 * unknown; behind another word it could be the name of one of them (`/users/alice`), and stays only where APIs commonly say so.
 */
export function shapeOf(path: string, words: ReadonlySet<string>): string {
  const segments = path.split('/', MOST_SHAPE_SEGMENTS + 2).slice(1)
  const shape: string[] = []
  let isBehindWord = false
  for (const segment of segments.slice(0, MOST_SHAPE_SEGMENTS)) {
    const isKnown = words.has(segment) || COMMON.has(segment)
    const isVersion = VERSION.test(segment)
    const stays: boolean = segment === '' || isVersion || isKnown || (!isBehindWord && isWord(segment))
    shape.push(stays ? segment : '{}')
    isBehindWord = stays && !isVersion
  }
  if (segments.length > MOST_SHAPE_SEGMENTS) shape.push('{+}')
  return `/${shape.join('/')}`
}

const isWord = (segment: string): boolean =>
  segment.length <= LONGEST_WORD && WORD.test(segment) && !UNSPEAKABLE.test(segment)
