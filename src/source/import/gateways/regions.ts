/**
 * The requests of a source cut into regions, host by template, in each of which its constructs decide alike; and what the map is to say in each.
 * Where a construct covers an unknown part of a region, the map lets in whom all possibilities let in, and the construct is marked.
 */
import { METHODS, type Method } from '../../../policy/method.ts'
import { quoted } from '../../diagnostic.ts'
import { type Access, both, isSame, isWithin, NOBODY } from './access.ts'
import { closure } from './closure.ts'
import type { Note, Part, Plan, Resolution } from './plan.ts'
import { coversOthers, pathCoverage } from './plan.ts'
import { byRank, type Shape, shapeKey, templateOf } from './shape.ts'

export interface Outcome {
  readonly access: Access
  /** Parts that had a say; the first gives the rule its place and its service. */
  readonly by: readonly Part[]
}

export interface Region {
  /** A host pattern of the map, or empty where the source names none anywhere. */
  readonly host: string
  readonly shape: Shape
  /** Whether a construct has this template itself; others exist to tell two of those apart. */
  readonly isDeclared: boolean
  readonly outcomes: ReadonlyMap<Method, Outcome>
}

/** What was found of each part while its regions were looked at, by the note's message. */
export type PartNotes = Map<Part, Map<string, Note>>

/** Undefined where there are too many of them. `widens`: templates may have more than the constructs that they are written for. */
export function regionsOf<P extends Part>(
  plan: Plan<P>,
  notes: PartNotes,
  widens: boolean,
): readonly Region[] | undefined {
  const hosts = [...new Set(plan.parts.flatMap(({ hosts }) => hosts))]
  const regions: Region[] = []
  for (const host of hosts.length === 0 ? [''] : hosts) {
    const parts = plan.parts.filter((part) => METHODS.some((method) => coversOthers(part, host, method)))
    const declared = parts.flatMap(({ paths, notPaths = [] }) =>
      [...paths, ...notPaths].flatMap(({ sure, near }) => [...sure, ...near]),
    )
    const shapes = closure(declared, MOST_SHAPES)
    if (shapes === undefined || regions.length + shapes.length > MOST_REGIONS) return undefined
    const keys = new Set(declared.map(shapeKey))
    for (const shape of shapes.toSorted(byRank)) {
      const outcomes = outcomesOf(plan, parts, { host, shape, notes, widens })
      regions.push({ host, shape, isDeclared: keys.has(shapeKey(shape)), outcomes })
    }
  }
  return regions
}

const MOST_SHAPES = 8000
const MOST_REGIONS = 20_000

function outcomesOf<P extends Part>(plan: Plan<P>, parts: readonly P[], scene: Scene): ReadonlyMap<Method, Outcome> {
  const { host, shape } = scene
  const covering = parts.flatMap((part) => {
    const covers = pathCoverage(part, shape)
    return covers === 'no' ? [] : [{ part, covers }]
  })
  const outcomes = new Map<Method, Outcome>()
  for (const method of METHODS) {
    const here = covering.filter(({ part }) => coversOthers(part, host, method))
    if (here.length > 0)
      outcomes.set(
        method,
        decide(scene, here, (covering) => plan.resolve(covering, method, host)),
      )
  }
  return outcomes
}

interface Scene {
  readonly host: string
  readonly shape: Shape
  /** Whether a template may be written that has more than its construct. */
  readonly widens: boolean
  readonly notes: PartNotes
}

type Covering<P> = readonly { readonly part: P; readonly covers: 'sure' | 'near' | 'far' }[]

/** More possibilities than those of so many parts are not tried one by one. */
const MOST_NEAR = 4

function decide<P extends Part>(
  scene: Scene,
  covering: Covering<P>,
  resolve: (covering: readonly P[]) => Resolution | undefined,
): Outcome {
  const near = covering.flatMap(({ part, covers }) => (covers === 'near' ? [part] : []))
  const resolveWith = (extra: readonly P[]) =>
    resolve(covering.flatMap(({ part, covers }) => (covers === 'sure' || extra.includes(part) ? [part] : [])))
  const base = resolveWith([])
  if (base?.remark !== undefined)
    for (const part of base.by) note(scene, part, base.remark.verdict, base.remark.message)
  const outcome = base === undefined ? widen(scene, near, resolveWith) : narrow(scene, base, near, resolveWith)
  for (const { part, covers } of covering)
    if (covers === 'far') judgeLeak(scene, part, base, outcome.access, resolveWith([part]))
  return outcome
}

type ResolveWith<P> = (extra: readonly P[]) => Resolution | undefined

/** Nothing else answers there: the template is written for the part, wider than the part is. */
function widen<P extends Part>(scene: Scene, near: readonly P[], resolveWith: ResolveWith<P>): Outcome {
  const possible = choices(near).flatMap((chosen) => resolveWith(chosen) ?? [])
  const open = possible.filter(({ access }) => access.kind !== 'nobody')
  const access = meet(open.map(({ access }) => access))
  if (!scene.widens) return leaveOut(scene, near, access)
  const template = quoted(templateOf(scene.shape))
  for (const part of near) {
    if (access.kind !== 'nobody')
      note(scene, part, 'looser', `${template} lets in more than it does${conditionOf(part)}`)
    if (open.some((each) => !isWithin(each.access, access)))
      note(scene, part, 'stricter', `on ${template} the map asks for what all that may apply ask for`)
  }
  return { access, by: open.flatMap(({ by }) => by) }
}

/** It would let in more than the part does. */
function leaveOut(scene: Scene, near: readonly Part[], access: Access): Outcome {
  if (access.kind !== 'nobody')
    for (const part of near)
      note(
        scene,
        part,
        'unrepresentable',
        `${quoted(templateOf(scene.shape))} would let in more than it does${conditionOf(part)}`,
        ACCEPT_HELP,
      )
  return { access: NOBODY, by: near }
}

export const ACCEPT_HELP = '`--accept looser` writes it all the same'

const conditionOf = ({ condition }: Part): string => (condition === undefined ? '' : `, which also wants ${condition}`)

/** Something else answers there: whom all possibilities let in. */
function narrow<P extends Part>(
  scene: Scene,
  base: Resolution,
  near: readonly P[],
  resolveWith: ResolveWith<P>,
): Outcome {
  const possible = choices(near).flatMap((chosen) => resolveWith(chosen) ?? [])
  const all = [base, ...possible]
  const access = meet(all.map(({ access }) => access))
  const losing = all.filter((each) => !isWithin(each.access, access)).flatMap(({ by }) => by)
  if (losing.length > 0)
    for (const part of new Set<Part>([...losing, ...near]))
      note(
        scene,
        part,
        'stricter',
        `on ${quoted(templateOf(scene.shape))} the map asks for what all that may apply ask for`,
      )
  return { access, by: [...new Set(all.flatMap(({ by }) => by))] }
}

/** Of a few, every choice of at least one; of many, each by itself and all together. */
function choices<P>(parts: readonly P[]): readonly (readonly P[])[] {
  if (parts.length > MOST_NEAR) return [...parts.map((part) => [part]), parts]
  return Array.from({ length: 2 ** parts.length - 1 }, (_, bits) =>
    parts.filter((_, index) => ((bits + 1) >> index) & 1),
  )
}

/** Too large to write: nobody. */
const meet = (accesses: readonly Access[]): Access => {
  const [first = NOBODY, ...others] = accesses
  return others.reduce((sum, each) => both(sum, each) ?? NOBODY, first)
}

/** Paths of a part that no template has are decided by what the map says of the template around them. */
function judgeLeak(
  scene: Scene,
  part: Part,
  base: Resolution | undefined,
  written: Access,
  truth: Resolution | undefined,
): void {
  const before = base?.access ?? NOBODY
  const after = truth?.access ?? NOBODY
  if (isSame(before, after)) return
  if (!isWithin(after, written))
    note(scene, part, 'stricter', 'paths of it that no template of the map can say are refused, or asked for more')
  if (!isWithin(written, after))
    note(
      scene,
      part,
      'looser',
      `paths of it that no template of the map can say get what ${quoted(templateOf(scene.shape))} asks for, which is less`,
    )
}

function note({ notes }: Scene, part: Part, verdict: Note['verdict'], message: string, help?: string): void {
  const known = notes.get(part) ?? new Map<string, Note>()
  notes.set(part, known.set(`${verdict} ${message}`, { verdict, message, ...(help !== undefined && { help }) }))
}
