/**
 * Where the person is, as the address's fragment says: `#/clients/partner?window=day`. It never leaves the browser, so that names that stand in it are in nobody's log; and
 * whatever was being prepared on a page survives a new sign-in, because it stands there, too.
 */
import { useEffect, useState } from 'preact/hooks'

export interface Route {
  /** The page's name. Empty: the first page. */
  readonly page: string
  /** What follows it, decoded. */
  readonly rest: readonly string[]
  readonly query: ReadonlyMap<string, string>
}

/** Total: a fragment that makes no sense is the first page. */
export function readRoute(fragment: string): Route {
  const [path = '', query = ''] = splitOnce(fragment.replace(/^#?\/?/, ''), '?')
  const [page = '', ...rest] = path.split('/').map(decoded)
  return { page, rest: rest.filter((part) => part !== ''), query: new Map(new URLSearchParams(query)) }
}

export type QueryValues = Readonly<Record<string, string | number | undefined>>

/** The address of a page. Members that are undefined or empty are left out. */
export function pathTo(page: string, rest: readonly string[] = [], query: QueryValues = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  const path = [page, ...rest.map(encodeURIComponent)].join('/')
  return pairs.length === 0 ? `#/${path}` : `#/${path}?${new URLSearchParams(pairs)}`
}

export function useRoute(): Route {
  const [fragment, setFragment] = useState(location.hash)
  useEffect(() => {
    const follow = () => setFragment(location.hash)
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return readRoute(fragment)
}

/** Goes there, as a link would. */
export function goTo(address: string): void {
  location.hash = address
}

/** Changes what the address says without a step in the history: filters, drafts. */
export function changeQuery(route: Route, changes: QueryValues): void {
  const address = pathTo(route.page, route.rest, { ...Object.fromEntries(route.query), ...changes })
  if (address === location.hash) return
  history.replaceState(null, '', address)
  dispatchEvent(new HashChangeEvent('hashchange'))
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
