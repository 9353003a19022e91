/** Two releases as what a reviewer has to know of going from one to the other; the same comparison as `scopewall diff`. */
import { decodeRelease, type Release } from '../../../policy/decode.ts'
import { epochSeconds, fail, ok, type Result } from '../../../policy/result.ts'
import { compareVersions } from '../../../source/diff/difference.ts'
import { type Item, reportOf, type Voice } from '../../../source/diff/report.ts'
import { failuresIn, isEmpty, summarize } from '../../../source/diff/summary.ts'

/** Words of ours, or a name of the map. */
export interface TextPart {
  readonly text: string
  readonly isName: boolean
}

export interface DiffItem {
  readonly subject: readonly TextPart[]
  readonly before?: readonly TextPart[]
  readonly after?: readonly TextPart[]
  readonly notes: readonly (readonly TextPart[])[]
}

export interface DiffSection {
  readonly title: string
  /** `looser`: somebody gets in who did not. */
  readonly tone: 'looser' | 'stricter' | 'neutral'
  readonly isAside: boolean
  readonly items: readonly DiffItem[]
}

export interface DiffView {
  readonly summary: string
  readonly isEmpty: boolean
  readonly isLooser: boolean
  readonly isStricter: boolean
  /** False where more differs than was looked at. */
  readonly isWhole: boolean
  readonly sections: readonly DiffSection[]
}

/** The error says which of the two cannot be read, and why. @param now milliseconds */
export function diffTexts(before: string, after: string, now: number): Result<DiffView, string> {
  const old = decodeRelease(before)
  if (!old.ok) return fail(`The first release cannot be read: ${old.error}.`)
  const next = decodeRelease(after)
  if (!next.ok) return fail(`The second release cannot be read: ${next.error}.`)
  return ok(diffReleases(old.value, next.value, now))
}

export function diffReleases(before: Release, after: Release, now: number): DiffView {
  const difference = compareVersions({ release: before }, { release: after }, epochSeconds(now))
  const failures = failuresIn(difference)
  return {
    summary: summarize(difference),
    isEmpty: isEmpty(difference),
    isLooser: failures.has('looser') || failures.has('open'),
    isStricter: failures.has('stricter') || failures.has('closed'),
    isWhole: difference.isWhole,
    sections: reportOf(difference, voice).map(({ title, isAside, items }) => ({
      title,
      tone: TONES[title] ?? 'neutral',
      isAside,
      items: items.map(itemView),
    })),
  }
}

const TONES: Readonly<Record<string, DiffSection['tone']>> = {
  'Public now': 'looser',
  Looser: 'looser',
  'Looser for some, stricter for others': 'looser',
  'Newly open': 'looser',
  'Newly closed': 'stricter',
  Stricter: 'stricter',
}

/** Sentences are made as text. Around names stand two characters that no name keeps, so that names are found again. */
const [BEGIN, END] = ['\u0001', '\u0002']

const plain = (text: string): string => text.replaceAll(BEGIN, '').replaceAll(END, '')
const voice: Voice = { code: (text) => BEGIN + plain(text) + END, text: plain }

function itemView({ subject, before, after, notes }: Item): DiffItem {
  return {
    subject: partsOf(subject),
    ...(before !== undefined && { before: partsOf(before) }),
    ...(after !== undefined && { after: partsOf(after) }),
    notes: notes.map(partsOf),
  }
}

const partsOf = (text: string): readonly TextPart[] =>
  text.split(BEGIN).flatMap((piece, index): readonly TextPart[] => {
    const [name = '', rest = ''] = index === 0 ? ['', piece] : piece.split(END)
    return [
      ...(name === '' ? [] : [{ text: name, isName: true }]),
      ...(rest === '' ? [] : [{ text: rest, isName: false }]),
    ]
  })
