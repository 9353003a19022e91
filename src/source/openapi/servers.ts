/** Servers -> the hosts and base paths that they stand for. */
import type { ApiServer, ServerAddress } from './api.ts'
import { type ApiReading, itemsOf, type Located, member, membersOf, placeOf, report, textAt } from './follow.ts'
import { textIn } from './node.ts'

/** Undefined where there are none, so that those around it hold. */
export function readServers(reading: ApiReading, holder: Located): readonly ApiServer[] | undefined {
  const list = member(reading, holder, 'servers')
  const servers = list === undefined ? [] : itemsOf(reading, list).flatMap((each) => readServer(reading, each))
  return servers.length === 0 ? undefined : servers
}

/** Of 2.0: one host and one base path. */
export function readHost(reading: ApiReading, root: Located): ApiServer {
  const host = textAt(reading, root, 'host') ?? ''
  const basePath = textAt(reading, root, 'basePath') ?? ''
  const url = `${host === '' ? '' : `//${host}`}${basePath === '' || basePath.startsWith('/') ? basePath : `/${basePath}`}`
  return { url, at: placeOf(root), addresses: [addressOf(url, undefined)] }
}

function readServer(reading: ApiReading, server: Located): readonly ApiServer[] {
  const url = textAt(reading, server, 'url')
  if (url === undefined) {
    report(reading, { at: placeOf(server), message: 'this server has no `url`, and is left out' })
    return []
  }
  const variables = variablesOf(reading, server)
  const urls = fill(url.trim(), variables)
  if (urls.length > MOST_ADDRESSES)
    report(reading, {
      at: placeOf(server),
      message: `the variables of this server have many values, and only the first ${MOST_ADDRESSES} are read`,
    })
  const open = openPart(url.trim(), variables)
  const addresses = urls.slice(0, MOST_ADDRESSES).map((each) => addressOf(each, open))
  return [{ url, at: placeOf(server), addresses }]
}

const MOST_ADDRESSES = 64

interface Variable {
  /** The first is the default. */
  readonly values: readonly string[]
  /** The values are not listed. */
  readonly isOpen: boolean
}

type Variables = ReadonlyMap<string, Variable>

function variablesOf(reading: ApiReading, server: Located): Variables {
  const declared = member(reading, server, 'variables')
  if (declared === undefined) return new Map()
  return new Map(
    membersOf(declared).map(([name]) => {
      const variable = member(reading, declared, name)
      const value = variable && textAt(reading, variable, 'default')
      const listed = variable && member(reading, variable, 'enum')
      const values = listed === undefined ? [] : itemsOf(reading, listed).flatMap(({ node }) => textIn(node) ?? [])
      return [
        name,
        { values: [...new Set([...(value === undefined ? [] : [value]), ...values])], isOpen: values.length === 0 },
      ]
    }),
  )
}

const VARIABLE = /\{([^{}/]*)\}/

/** Every combination, one more than are read at most; a variable without a value stays as it is. */
function fill(url: string, variables: Variables): readonly string[] {
  const [prefix = '', ...rest] = url.split(new RegExp(VARIABLE, 'g'))
  let filled = [prefix]
  for (let index = 0; index < rest.length; index += 2) {
    const values = variables.get(rest[index] ?? '')?.values ?? []
    const choices = values.length === 0 ? [`{${rest[index]}}`] : values
    filled = filled
      .flatMap((each) => choices.map((choice) => each + choice + (rest[index + 1] ?? '')))
      .slice(0, MOST_ADDRESSES + 1)
  }
  return filled
}

/** `{scheme}://{host}` and `{server}/v1` have it in their host. */
function openPart(url: string, variables: Variables): ServerAddress['open'] {
  const isOpen = (part: string) =>
    [...part.matchAll(new RegExp(VARIABLE, 'g'))].some(([, name = '']) => variables.get(name)?.isOpen ?? true)
  const [, authority = '', path = ''] = /^(?:[^/]*:)?\/\/([^/]*)(.*)$/.exec(url) ??
    /^(\{[^}]*\})(.*)$/.exec(url) ?? ['', '', url]
  if (isOpen(authority)) return 'host'
  return isOpen(path) ? 'path' : undefined
}

/** A relative URL has no host of its own: it is served where the description is. */
function addressOf(url: string, open: ServerAddress['open']): ServerAddress {
  const [, authority, rest = ''] = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)(.*)$/i.exec(url) ?? ['', undefined, url]
  const host = authority
    ?.replace(/^.*@/, '')
    .replace(/:[0-9]*$/, '')
    .toLowerCase()
  const path = (/^[^?#]*/.exec(rest)?.[0] ?? '')
    .replace(/^\.(?=\/|$)/, '')
    .replace(/\/{2,}/g, '/')
    .replace(/\/+$/, '')
  return {
    ...(host !== undefined && host !== '' && { host }),
    basePath: path === '' || path.startsWith('/') ? path : `/${path}`,
    ...(open && { open }),
  }
}
