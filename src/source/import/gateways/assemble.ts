/** A plan -> what an importer gives: the services, a verdict on each construct, and the table. */
import { RESERVED_PREFIXES } from '../../../policy/reserved.ts'
import { type Place, quoted } from '../../diagnostic.ts'
import { type Imported, type ImportFinding, VERDICTS } from '../imported.ts'
import { NOBODY } from './access.ts'
import { answersOf } from './answer.ts'
import { casesOf } from './cases.ts'
import type { Note, Part, Plan, Survey } from './plan.ts'
import { ACCEPT_HELP, type PartNotes, type Region, regionsOf } from './regions.ts'
import { headIsWider, servicesOf } from './services.ts'
import { templateOf } from './shape.ts'

export function assemble<P extends Part>(source: Plan<P>, options: AssembleOptions): Imported {
  const plan = options.acceptsLooser ? source : { ...source, parts: source.parts.map(withhold) }
  const found: PartNotes = new Map()
  const regions = regionsOf(plan, found, options.acceptsLooser)
  if (regions === undefined) return nothing(plan, 'its paths overlap in too many ways to be told apart')
  for (const region of regions) noteRegion(region, found)
  noteMissingHosts(plan, found)
  for (const part of plan.parts) noteLeak(part, found)
  const notesOf = (part: Part): readonly Note[] => [...part.notes, ...(found.get(part)?.values() ?? [])]
  const services = servicesOf(
    regions,
    plan.product,
    options.service,
    plan.parts.flatMap(({ hosts }) => hosts),
    plan.descriptions ?? new Map(),
  )
  const answerTo = answersOf(services)
  if (answerTo === undefined) return nothing(plan, 'what it says makes no sound map')
  return {
    services,
    findings: inOrder([...plan.findings, ...findingsOf(plan.parts, notesOf)]),
    failOpen: inOrder(plan.failOpen),
    cases: casesOf({ plan, regions, answerTo, notesOf }),
  }
}

export interface AssembleOptions {
  /** What the service is to be called, or the beginning of their names where there are several. */
  readonly service: string
  readonly acceptsLooser: boolean
}

/** Nothing that lets more in than the source is written: what would is refused. */
function withhold<P extends Part>(part: P): P {
  if (part.notes.every(({ verdict }) => verdict !== 'looser')) return part
  const notes = part.notes.map(
    (note): Note => (note.verdict === 'looser' ? { ...note, verdict: 'unrepresentable', help: ACCEPT_HELP } : note),
  )
  return { ...part, notes, access: NOBODY }
}

function nothing({ product, parts, findings, failOpen }: Survey, message: string): Imported {
  const at = parts[0]?.at ?? { file: product, line: 1, column: 1 }
  const finding: ImportFinding = { construct: product, at, verdict: 'unrepresentable', message }
  return { services: [], findings: [...findings, finding], failOpen, cases: [] }
}

/** What a rule of the map cannot say of a region. */
function noteRegion(region: Region, notes: PartNotes): void {
  const template = templateOf(region.shape)
  const [by] = [...region.outcomes.values()].find(({ access }) => access.kind !== 'nobody')?.by ?? []
  if (by === undefined) return
  if (RESERVED_PREFIXES.some((prefix) => template.startsWith(prefix)))
    add(notes, by, { verdict: 'stricter', message: `the gate itself answers ${quoted(template)}` })
  const message = `what \`GET\` asks for is what \`HEAD\` asks for on ${quoted(template)}, and the source lets more of them in`
  if (headIsWider(region))
    for (const part of region.outcomes.get('HEAD')?.by ?? []) add(notes, part, { verdict: 'stricter', message })
}

/** Where some constructs name hosts, the others are written for those. */
function noteMissingHosts({ parts }: Survey, notes: PartNotes): void {
  const hosts = [...new Set(parts.flatMap(({ hosts }) => hosts))]
  if (hosts.length === 0) return
  const message = `it answers on every host; the map has it on those that the source names: ${hosts.slice(0, 5).map(quoted).join(', ')}`
  for (const part of parts) if (part.hosts.length === 0) add(notes, part, { verdict: 'stricter', message })
}

/** Where no other rule has them, they are refused; where one has, `regionsOf` has compared. */
function noteLeak(part: Part, notes: PartNotes): void {
  if (part.refuses === true || part.access.kind === 'nobody') return
  for (const { leak, text } of part.paths)
    if (leak !== undefined)
      add(notes, part, {
        verdict: 'stricter',
        message: `no template has all paths of ${quoted(text)}: the others have no rule of their own`,
      })
}

function add(notes: PartNotes, part: Part, note: Note): void {
  const known = notes.get(part) ?? new Map<string, Note>()
  notes.set(part, known.set(`${note.verdict} ${note.message}`, note))
}

/** A finding for each verdict on a construct, which may be several parts. */
function findingsOf(parts: readonly Part[], notesOf: (part: Part) => readonly Note[]): readonly ImportFinding[] {
  const constructs = new Map<string, Part[]>()
  for (const part of parts) {
    const key = JSON.stringify([part.construct, part.at])
    constructs.set(key, [...(constructs.get(key) ?? []), part])
  }
  return [...constructs.values()].flatMap((same) => findingsOfOne(same, same.flatMap(notesOf)))
}

function findingsOfOne([part]: readonly Part[], notes: readonly Note[]): readonly ImportFinding[] {
  if (part === undefined) return []
  const { construct, at } = part
  const differing = VERDICTS.filter((verdict) => verdict !== 'exact' && notes.some((note) => note.verdict === verdict))
  return (differing.length === 0 ? (['exact'] as const) : differing).map((verdict) => {
    const ofIt = notes.filter((note) => note.verdict === verdict)
    const messages = [...new Set(ofIt.map(({ message }) => message))]
    const more = messages.length > MOST_MESSAGES ? [`and ${messages.length - MOST_MESSAGES} more of the kind`] : []
    const message = [...messages.slice(0, MOST_MESSAGES), ...more].join('; ')
    const help = ofIt.find((note) => note.help !== undefined)?.help
    return { construct, at, verdict, ...(message !== '' && { message }), ...(help !== undefined && { help }) }
  })
}

const MOST_MESSAGES = 3

/** By place, each once: a construct with three paths is one construct. */
function inOrder<T extends { readonly at: Place }>(items: readonly T[]): readonly T[] {
  const distinct = new Map(items.map((item) => [JSON.stringify(item), item]))
  return [...distinct.values()].sort(
    (a, b) =>
      (a.at.file < b.at.file ? -1 : a.at.file > b.at.file ? 1 : 0) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column,
  )
}
