/** `--fix`: takes what is superfluous out of the text of a file, and touches nothing else of it. */
import { isNode, type Node, parseDocument, visit, type YAMLSeq } from 'yaml'
import type { Diagnostic } from '../diagnostic.ts'
import { createPlaces } from '../places.ts'

export interface FixedText {
  readonly text: string
  /** How many findings are mended. */
  readonly mended: number
}

/** A part of a text, by offsets; what it holds is taken out. */
interface Cut {
  readonly from: number
  readonly to: number
}

/** The text without the items that are to go. Where a comment would lose what it is about, or a list its last item, the item stays. */
export function fixText(file: string, text: string, diagnostics: readonly Diagnostic[]): FixedText {
  const wanted = new Set(
    diagnostics.flatMap(({ at, fix }) =>
      fix === 'remove-item' && at.file === file ? [`${at.line}:${at.column}`] : [],
    ),
  )
  if (wanted.size === 0) return { text, mended: 0 }
  const placeAt = createPlaces(file, text)
  const isWanted = (item: Node): boolean => {
    const { line, column } = placeAt(startOf(item))
    return wanted.has(`${line}:${column}`)
  }
  const cuts: Cut[] = []
  visit(parseDocument(text, { keepSourceTokens: true }).contents, {
    Seq: (_, list) => void cuts.push(...cutsOf(list, text, isWanted)),
  })
  return { text: without(text, cuts), mended: cuts.length }
}

function cutsOf(list: YAMLSeq, text: string, isWanted: (item: Node) => boolean): readonly Cut[] {
  const items = list.items.filter((item) => isNode(item))
  const leaving = new Set(items.filter(isWanted))
  if (leaving.size === items.length) return []
  const cuts = items.flatMap((item, index) => {
    if (!leaving.has(item)) return []
    return (list.flow ? cutOfFlow(items, index, leaving) : cutOfBlock(list, item, index, text)) ?? []
  })
  return cuts.filter(({ from, to }) => !text.slice(from, to).includes('#'))
}

const startOf = (item: Node): number => item.range?.[0] ?? 0
const endOf = (item: Node): number => item.range?.[1] ?? 0

/** With the comma before it or, where nothing stays before it, the one behind. */
function cutOfFlow(items: readonly Node[], index: number, leaving: ReadonlySet<Node>): Cut | undefined {
  const item = items[index]
  const [before, after] = [items[index - 1], items[index + 1]]
  if (item === undefined) return undefined
  const isFirst = items.slice(0, index).every((each) => leaving.has(each))
  if (isFirst) return after && { from: startOf(item), to: startOf(after) }
  return before && { from: endOf(before), to: endOf(item) }
}

/** Its lines, from the dash on. */
function cutOfBlock(list: YAMLSeq, item: Node, index: number, text: string): Cut | undefined {
  const token = list.srcToken
  const dash =
    token?.type === 'block-seq' ? token.items[index]?.start.find(({ type }) => type === 'seq-item-ind') : undefined
  if (dash === undefined) return undefined
  const from = text.lastIndexOf('\n', dash.offset) + 1
  const isAlone = text.slice(from, dash.offset).trim() === ''
  const lineBefore = text.slice(text.lastIndexOf('\n', from - 2) + 1, Math.max(from - 1, 0)).trim()
  const end = endOf(item)
  const newline = text.indexOf('\n', text[end - 1] === '\n' ? end - 1 : end)
  const to = newline < 0 ? text.length : newline + 1
  // What is written above an item may be about it.
  return isAlone && !lineBefore.startsWith('#') ? { from, to } : undefined
}

function without(text: string, cuts: readonly Cut[]): string {
  let rest = text
  for (const { from, to } of cuts.toSorted((a, b) => b.from - a.from)) rest = rest.slice(0, from) + rest.slice(to)
  return rest
}
