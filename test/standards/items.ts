/** The items of the standards that the gate answers for, in the order of the page that shows their proofs. */
import type { Item, Section } from './item.ts'
import { ANSWERS } from './items-answers.ts'
import { BINDING } from './items-binding.ts'
import { EVENTS } from './items-events.ts'
import { TOKENS } from './items-tokens.ts'

export type { Item, Section } from './item.ts'

/** A section for each family of ids. */
export const SECTIONS: readonly Section[] = [...TOKENS, ...BINDING, ...ANSWERS, ...EVENTS]

/** Every item once. */
export const ITEMS: readonly Item[] = SECTIONS.flatMap(({ items }) => items)
