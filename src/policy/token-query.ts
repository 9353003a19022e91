/** A question to the token audit as the query of a URL, both ways: what is not exactly a question is a fault that says where. */
import { fail, ok, type Result } from './result.ts'
import { TOKEN_GROUPS, TOKEN_ORDERS, type TokenQuery } from './token-audit.ts'

export const MOST_LISTED = 200
const USUALLY_LISTED = 50
/** More rows than there can be. */
const MOST_OFFSET = 1_000_000
const MOST_SECONDS = 10_000_000_000
const MOST_CHARACTERS = 2048

const TEXTS = ['client', 'subject', 'scope', 'issuer'] as const
const NUMBERS = {
  lifetimeOver: MOST_SECONDS,
  olderThan: MOST_SECONDS,
  limit: MOST_LISTED,
  offset: MOST_OFFSET,
} as const
type NumberName = keyof typeof NUMBERS
const NAMES: readonly string[] = ['by', 'sort', 'expired', ...TEXTS, ...Object.keys(NUMBERS)]

/** The fault is for whoever asked; it quotes nothing of a value. */
export function parseTokenQuery(search: URLSearchParams): Result<TokenQuery, string> {
  const names = [...search.keys()]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (names.some((name) => !NAMES.includes(name)))
    return fail(`there is a parameter that is not known; known are ${NAMES.join(', ')}`)
  if (twice !== undefined) return fail(`\`${twice}\` is there twice`)

  const by = choice(search, 'by', TOKEN_GROUPS)
  const sort = choice(search, 'sort', TOKEN_ORDERS)
  const expired = choice(search, 'expired', ['true', 'false'])
  if (!by.ok) return by
  if (!sort.ok) return sort
  if (!expired.ok) return expired
  const faulty = TEXTS.find((name) => !isName(search.get(name)))
  if (faulty !== undefined) return fail(`\`${faulty}\` is empty or longer than ${MOST_CHARACTERS} characters`)
  const numbers: Partial<Record<NumberName, number>> = {}
  for (const [name, most] of Object.entries(NUMBERS) as [NumberName, number][]) {
    const text = search.get(name)
    if (text === null) continue
    if (!/^\d{1,11}$/.test(text) || Number(text) > most) return fail(`\`${name}\` is no whole number up to ${most}`)
    numbers[name] = Number(text)
  }
  const { limit = USUALLY_LISTED, offset = 0, ...lengths } = numbers
  if (limit === 0) return fail('`limit` is zero')
  return ok({
    ...(by.value !== undefined && { by: by.value }),
    sort: sort.value ?? 'remaining',
    ...Object.fromEntries(TEXTS.flatMap((name) => (search.has(name) ? [[name, search.get(name) ?? '']] : []))),
    ...lengths,
    expired: expired.value === 'true',
    limit,
    offset,
  })
}

/** The query of a URL that `parseTokenQuery` reads as this question. */
export function writeTokenQuery(query: TokenQuery): URLSearchParams {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search
}

const isName = (text: string | null): boolean => text === null || (text !== '' && text.length <= MOST_CHARACTERS)

function choice<Name extends string>(
  search: URLSearchParams,
  key: string,
  names: readonly Name[],
): Result<Name | undefined, string> {
  const text = search.get(key)
  if (text === null) return ok(undefined)
  const found = names.find((name) => name === text)
  return found === undefined ? fail(`\`${key}\` is none of ${names.join(', ')}`) : ok(found)
}
