/** The map's requirements, written back into an OpenAPI description as `security` and security schemes. Everything else stays as it is, byte for byte. */
import { decodeRelease } from '../../policy/decode.ts'
import { encodeRelease, type ReleaseDocument, type RuleEntry } from '../../policy/release.ts'
import { fail, ok, type Result } from '../../policy/result.ts'
import type { Rule } from '../../policy/rule.ts'
import { callerPhrases, conditionPhrases } from '../catalogue/phrase.ts'
import { locate, type Placing } from '../coverage/locate.ts'
import type { Finding } from '../diagnostic.ts'
import { exampleValue } from '../import/template.ts'
import type { ApiDescription, ApiDescriptionReading, ApiOperation } from '../openapi/api.ts'
import { type Located, member } from '../openapi/follow.ts'
import { applyEdits, type Edit, setMembers, type Value } from './edit.ts'
import { layoutOf, type TextLayout } from './layout.ts'
import { fallbackScheme, reasonsOf, scopeMapsOf, type TokenSource } from './schemes.ts'
import { type SecurityObject, securityOf } from './security.ts'
import { saysWhatWasMeant } from './verify.ts'

export interface ExportOptions extends Omit<Placing, 'value'>, TokenSource {}

export interface Exported {
  /** By path: the files in which something changed. */
  readonly files: ReadonlyMap<string, string>
  /** Operations whose `security` was written. */
  readonly written: number
  /** Operations that said it already. */
  readonly unchanged: number
  /** What could not be said, or not be written. */
  readonly findings: readonly Finding[]
}

/** A description as it was read, and the texts of its files without byte order marks. */
export interface ReadableDescription extends Pick<ApiDescriptionReading, 'reading'> {
  readonly api: ApiDescription
  readonly textOf: (path: string) => string | undefined
}

/** The error says what is lacking. Exporting what was exported changes nothing. */
export function exportSecurity(
  document: ReleaseDocument,
  description: ReadableDescription,
  options: ExportOptions,
): Result<Exported, string> {
  const { api } = description
  const findings: Finding[] = []
  const asked = askedOf(document, api, options, findings)
  const scheme = fallbackScheme(api, options)
  if (!scheme.ok && [...asked.values()].some(({ rule }) => rule.public === undefined)) return scheme
  const name = scheme.ok ? scheme.value.name : 'oauth'
  const writer = createWriter(description, findings)
  const used = new Map<string, Set<string>>()
  const meant = new Map<ApiOperation, readonly SecurityObject[]>()
  for (const [operation, { rule }] of asked) {
    const { security, notes } = securityOf(rule, operation.security, api.schemes, name)
    for (const message of notes) findings.push({ at: operation.at, message })
    for (const each of security ?? currentOf(operation)) remember(used, each)
    if (security !== undefined && writer.set(operation.node, [['security', security]], 'responses'))
      meant.set(operation, security)
  }
  declareScopes(document, description, used, writer)
  const declaration = scheme.ok ? scheme.value.declaration : undefined
  if (declaration !== undefined && used.has(name))
    declareScheme(
      description,
      name,
      declaration(Object.fromEntries(reasonsOf(used.get(name) ?? [], document.scopes))),
      writer,
    )
  const files = writer.files()
  if (!saysWhatWasMeant(api, meant, (path) => files.get(path) ?? description.textOf(path)))
    return fail('the description cannot be written so that it says what the map says, and is left as it is')
  return ok({ files, written: meant.size, unchanged: asked.size - meant.size, findings })
}

const currentOf = ({ security }: ApiOperation): readonly SecurityObject[] =>
  security.kind !== 'declared'
    ? []
    : security.anyOf.flatMap((each) =>
        each.kind === 'all' ? [Object.fromEntries(each.uses.map(({ scheme, scopes }) => [scheme, scopes]))] : [],
      )

function remember(used: Map<string, Set<string>>, security: SecurityObject): void {
  for (const [scheme, scopes] of Object.entries(security)) {
    const known = used.get(scheme) ?? new Set()
    for (const scope of scopes) known.add(scope)
    used.set(scheme, known)
  }
}

/** The rule of each operation that has one, and only one; what has none is a finding. */
function askedOf(
  document: ReleaseDocument,
  api: ApiDescription,
  options: ExportOptions,
  findings: Finding[],
): ReadonlyMap<ApiOperation, { readonly rule: RuleEntry }> {
  const release = decodeRelease(encodeRelease(document))
  if (!release.ok) throw new TypeError(`a compiled map cannot be read: ${release.error}`)
  const entries = new Map<Rule, RuleEntry>()
  for (const [index, rule] of release.value.rules.entries()) {
    const entry = document.rules[index]
    if (entry !== undefined) entries.set(rule, entry)
  }
  const value = exampleValue([...document.rules, ...api.operations].map(({ path }) => path))
  const asked = new Map<ApiOperation, { readonly rule: RuleEntry }>()
  for (const operation of api.operations) {
    const { at } = operation
    const locations = locate(release.value, operation, { ...options, value })
    const lacking = locations.find((each) => each.kind === 'none')
    const rules = locations.flatMap((each) => (each.kind === 'rule' ? (entries.get(each.rule) ?? []) : []))
    const [rule] = rules
    if (lacking !== undefined || rule === undefined) {
      const help = lacking?.help
      findings.push({
        at,
        message: `no \`security\` can say that the gate refuses it: ${lacking?.why ?? ''}`,
        ...(help !== undefined && { help }),
      })
    } else if (new Set(rules.map(wordsOf)).size > 1)
      findings.push({ at, message: 'its servers ask for different things, which one `security` cannot say' })
    else {
      asked.set(operation, { rule })
      const more = [...callerPhrases(rule), ...conditionPhrases(rule)]
      const scopes = [...new Set((rule.anyOf ?? []).flat())].flatMap((name) => document.scopes[name] ?? [])
      if (more.length > 0 || scopes.some((scope) => conditionPhrases(scope).length > 0))
        findings.push({
          at,
          message: 'the map asks for more than scopes there, which `security` cannot say',
          help: 'the catalogue of scopes says it',
        })
    }
  }
  return asked
}

const wordsOf = ({ public: open, anyOf }: RuleEntry): string =>
  open === undefined ? JSON.stringify(anyOf ?? [[]]) : 'public'

interface Writer {
  /** Whether the members could be set, now or by an operation that shares them; otherwise there is a finding. */
  readonly set: (holder: Located, members: readonly (readonly [string, Value])[], before?: string) => boolean
  readonly files: () => ReadonlyMap<string, string>
}

/** Collects edits by file. A map that several operations share is written once, if they agree. */
function createWriter({ textOf }: ReadableDescription, findings: Finding[]): Writer {
  const layouts = new Map<string, TextLayout>()
  const edits = new Map<string, Edit[]>()
  const done = new Map<string, string>()
  const layoutFor = (path: string): TextLayout | undefined => {
    const text = layouts.has(path) ? undefined : textOf(path)
    if (text !== undefined) layouts.set(path, layoutOf(text))
    return layouts.get(path)
  }
  const set: Writer['set'] = ({ node, file, offset }, members, before) => {
    const refuse = (message: string): boolean => {
      findings.push({ at: file.placeAt(offset), message })
      return false
    }
    const key = `${file.path}:${node.offset}`
    const wanted = JSON.stringify(members)
    if (done.has(key))
      return (
        done.get(key) === wanted ||
        refuse('other operations share it and ask for something else, so it is left as it is')
      )
    const layout = layoutFor(file.path)
    const map = layout?.mapAt(node.offset)
    if (layout === undefined || map === undefined)
      return refuse('it cannot be written to where it stands, and is left as it is')
    const found = setMembers(layout, map, members, before)
    if (found === undefined) return refuse('something else in the file refers to its value, so it is left as it is')
    done.set(key, wanted)
    edits.set(file.path, [...(edits.get(file.path) ?? []), ...found])
    return true
  }
  return {
    set,
    files: () => new Map([...edits].map(([path, list]) => [path, applyEdits(layouts.get(path)?.text ?? '', list)])),
  }
}

/** Every scope that is used is declared where its scheme declares scopes, with its reason. */
function declareScopes(
  { scopes }: ReleaseDocument,
  { api, reading }: ReadableDescription,
  used: ReadonlyMap<string, ReadonlySet<string>>,
  writer: Writer,
): void {
  for (const scheme of api.schemes.values()) {
    if (scheme.kind !== 'oauth2') continue
    for (const holder of scopeMapsOf(reading, scheme, api.version)) {
      if (holder.node.kind !== 'map') continue
      const { entries } = holder.node
      const wanted = reasonsOf([...entries.keys(), ...(used.get(scheme.name) ?? [])], scopes)
      const changed = wanted.filter(([name, reason]) => {
        const entry = entries.get(name)?.node
        return entry?.kind !== 'scalar' || entry.text.trim() !== reason
      })
      if (changed.length > 0) writer.set(holder, changed)
    }
  }
}

/** In the innermost of the maps that lead there and are there already. */
function declareScheme({ api, reading }: ReadableDescription, name: string, declaration: Value, writer: Writer): void {
  const steps = api.version === '2.0' ? ['securityDefinitions'] : ['components', 'securitySchemes']
  let holder = api.root
  for (;;) {
    const [step] = steps
    const next = step === undefined ? undefined : member(reading, holder, step)
    if (step === undefined || next?.node.kind !== 'map') break
    holder = next
    steps.shift()
  }
  const nested = steps.toReversed().reduce<Value>((inner, step) => ({ [step]: inner }), { [name]: declaration })
  writer.set(holder, Object.entries(nested as Readonly<Record<string, Value>>), 'paths')
}
