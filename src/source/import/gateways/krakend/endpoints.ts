/** Endpoints of a KrakenD configuration, versions 2 and 3, and what their JWT validator is told. */
import type { Place } from '../../../diagnostic.ts'
import { entriesOf, field, itemsOf, type Node, textOf } from '../node.ts'

export interface Endpoint {
  readonly path: string
  readonly method: string
  readonly at: Place
  /** The host of its first backend. */
  readonly backend?: string
  readonly validator?: Node
  /** Namespaces of its `extra_config`. */
  readonly extras: readonly string[]
}

export const VALIDATORS = ['auth/validator', 'github.com/devopsfaith/krakend-jose/validator']

export const endpointsOf = (document: Node): readonly Endpoint[] =>
  itemsOf(field(document, 'endpoints')).map(readEndpoint)

function readEndpoint(node: Node): Endpoint {
  const extra = field(node, 'extra_config')
  // Though it says nothing, it is there, and what is made of that is not known.
  const validator = entriesOf(extra).find(([name]) => VALIDATORS.includes(name))?.[1].node
  const host = textOf(itemsOf(field(itemsOf(field(node, 'backend'))[0], 'host'))[0])
  const [, backend] = /^(?:[a-z]+:\/\/)?([^/:]+)/i.exec(host ?? '') ?? []
  return {
    path: textOf(field(node, 'endpoint')) ?? '',
    method: (textOf(field(node, 'method')) ?? 'GET').toUpperCase(),
    at: node.at,
    ...(backend !== undefined && { backend }),
    ...(validator && { validator }),
    extras: entriesOf(extra).map(([name]) => name),
  }
}

/** `{name}` stands for one segment; `*`, last, for all that is left. */
export const isParameter = (part: string): boolean => /^\{[^{}]+\}$/.test(part)
