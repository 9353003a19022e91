/**
 * Names that people mix up: `invoice:read` and `invoices.read`. Each name is brought into a form in which such names are equal, so that the
 * work grows with the number of scopes and not with its square. Names that merely have few letters in common (contacts, contracts) stay apart.
 */
import { compareText, type Finding, quoted } from '../diagnostic.ts'
import type { DeclaredScope } from '../model.ts'
import type { WholeLint } from './lint.ts'
import { wordsOf } from './words.ts'

export const nearDuplicateScope: WholeLint = {
  rule: 'near-duplicate-scope',
  find: ({ scopes }) => {
    // One that is on its way out may look like the one that takes its place.
    const lasting = scopes.filter(({ deprecated }) => deprecated === undefined)
    return [...Map.groupBy(lasting, ({ name }) => plainForm(name)).values()].flatMap(([first, ...others]) =>
      first === undefined
        ? []
        : others.filter(({ name }) => name !== first.name).map((scope) => describe(scope, first)),
    )
  },
}

/** Words that say what is done; some write them first. */
const ACTIONS: ReadonlySet<string> = new Set([
  ...[
    'read',
    'write',
    'manage',
    'admin',
    'create',
    'update',
    'edit',
    'delete',
    'view',
    'list',
    'get',
    'send',
    'export',
  ],
])

function plainForm(name: string): string {
  const words = wordsOf(name)
  const [first = '', ...rest] = words
  const ordered = ACTIONS.has(first) && rest.length > 0 ? [...rest, first] : words
  return ordered.map(plainWord).join(' ')
}

/** Singular, one spelling of `z`, letters once where they are doubled, and neighbours in a long word in any order. */
function plainWord(word: string): string {
  const singular = word
    .replace(/(?<=ss|x|ch|sh)es$/, '')
    .replace(/(?<=[^s])s$/, '')
    .replace(/y$/, 'ie')
  if (singular.length < LONG || /[0-9]/.test(singular)) return singular
  const plain = singular.replaceAll('z', 's').replace(/([a-z])\1/g, '$1')
  return plain.slice(0, 1) + [...plain.slice(1, -1)].sort(compareText).join('') + plain.slice(-1)
}

/** In a shorter word, a letter more or two that change places make another word. */
const LONG = 6

const describe = (scope: DeclaredScope, first: DeclaredScope): Finding => ({
  at: scope.at,
  subject: scope.name,
  message: `the scope names ${quoted(scope.name)} and ${quoted(first.name)} are nearly the same`,
  help: 'use one of them for both, or give one a name that says how it differs',
  related: [{ message: `${quoted(first.service)} declares ${quoted(first.name)} here`, at: first.at }],
})
