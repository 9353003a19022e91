/** Access rules of Ory Oathkeeper, and the configuration that gives their handlers defaults. */
import type { Place } from '../../../diagnostic.ts'
import { entriesOf, field, isFalse, isTrue, itemsOf, type Node, textOf, textsOf } from '../node.ts'

export interface Handler {
  readonly name: string
  readonly at: Place
  /** The rule's own setting; else that of the configuration. */
  readonly setting: (key: string) => Node | undefined
  /** Settings of the rule itself. */
  readonly ownKeys: readonly string[]
  /** Whether the configuration has not turned it on; always false where there is no configuration. */
  readonly isDisabled: boolean
}

export interface OathkeeperRule {
  readonly id: string
  readonly at: Place
  readonly url: string
  readonly urlAt: Place
  readonly methods: readonly string[]
  readonly authenticators: readonly Handler[]
  readonly authorizer?: Handler
  /** The host that it forwards to, if any. */
  readonly upstream?: string
  /** Why Oathkeeper itself answers with 500 whatever it matches. */
  readonly fault?: string
}

export interface OathkeeperConfig {
  readonly rules: readonly OathkeeperRule[]
  readonly matching: 'regexp' | 'glob'
  readonly hasConfiguration: boolean
}

export function readOathkeeper(documents: readonly Node[]): OathkeeperConfig {
  const configuration = documents.find(isConfiguration)
  const rules = documents.filter((document) => document !== configuration).flatMap(rulesIn)
  const matching = textOf(field(configuration, 'access_rules', 'matching_strategy')) === 'glob' ? 'glob' : 'regexp'
  return {
    rules: rules.map((rule, index) => readRule(rule, index, configuration)),
    matching,
    hasConfiguration: configuration !== undefined,
  }
}

const isConfiguration = (document: Node): boolean =>
  field(document, 'match') === undefined &&
  ['access_rules', 'authenticators', 'authorizers', 'mutators', 'serve'].some(
    (key) => field(document, key)?.kind === 'map',
  )

/** A list of rules, a rule, or a Kubernetes resource of one. */
function rulesIn(document: Node): readonly Node[] {
  if (document.kind === 'list') return document.items
  const items = field(document, 'items')
  if (items?.kind === 'list') return items.items.flatMap(rulesIn)
  return [document]
}

function readRule(node: Node, index: number, configuration: Node | undefined): OathkeeperRule {
  const body = field(node, 'spec') ?? node
  const id = textOf(field(body, 'id')) ?? textOf(field(node, 'metadata', 'name')) ?? `number ${index + 1}`
  const match = field(body, 'match')
  const url = field(match, 'url')
  const handlers = (kind: string, list: readonly Node[]) => list.map((each) => readHandler(each, kind, configuration))
  const [authorizer] = handlers(
    'authorizers',
    [field(body, 'authorizer')].filter((each) => each !== undefined),
  )
  const authenticators = handlers('authenticators', itemsOf(field(body, 'authenticators')))
  const mutators = handlers('mutators', itemsOf(field(body, 'mutators')))
  const methods = textsOf(field(match, 'methods'))
  const [, upstream] = /^[a-z]+:\/\/([^/:]+)/i.exec(textOf(field(body, 'upstream', 'url')) ?? '') ?? []
  const fault = faultOf({ url: textOf(url), methods, authenticators, authorizer, mutators })
  return {
    id,
    at: node.at,
    url: textOf(url) ?? '',
    urlAt: url?.at ?? node.at,
    methods: methods ?? [],
    authenticators,
    ...(authorizer && { authorizer }),
    ...(upstream !== undefined && { upstream }),
    ...(fault !== undefined && { fault }),
  }
}

function readHandler(node: Node, kind: string, configuration: Node | undefined): Handler {
  const name = textOf(field(node, 'handler')) ?? ''
  const own = field(node, 'config')
  const shared = field(configuration, kind, name)
  return {
    name,
    at: node.at,
    setting: (key) => field(own, key) ?? field(shared, 'config', key),
    ownKeys: entriesOf(own).map(([key]) => key),
    isDisabled: configuration !== undefined && (isFalse(field(shared, 'enabled')) || !isTrue(field(shared, 'enabled'))),
  }
}

interface Pieces {
  readonly url: string | undefined
  readonly methods: readonly string[] | undefined
  readonly authenticators: readonly Handler[]
  readonly authorizer: Handler | undefined
  readonly mutators: readonly Handler[]
}

/** Oathkeeper keeps a rule that it finds invalid, and answers with 500 what the rule matches. */
function faultOf({ url, methods, authenticators, authorizer, mutators }: Pieces): string | undefined {
  if (url === undefined || url === '') return 'it has no `match.url`'
  if (methods === undefined) return '`match.methods` is no list of methods'
  if (authenticators.length === 0) return 'it has no authenticators'
  if (authorizer === undefined || authorizer.name === '') return 'it has no authorizer'
  if (mutators.length === 0) return 'it has no mutators'
  const disabled = [...authenticators, authorizer, ...mutators].find((handler) => handler.isDisabled)
  return disabled === undefined
    ? undefined
    : `the configuration does not enable its handler \`${disabled.name.slice(0, 80)}\``
}
