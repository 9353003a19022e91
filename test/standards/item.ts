/** One thing that a standard, or the project itself where standards leave a choice, asks of the gate. */
export interface Item {
  /** As test titles name it: `DPP-12`. */
  readonly id: string
  /** Where it is written, as precisely as is known: `RFC 9449 section 4.3`. */
  readonly source: string
  /** The word of the source; `POLICY` where the source is silent or leaves the choice. */
  readonly level: 'MUST' | 'SHOULD' | 'MAY' | 'POLICY'
  /** One line of Markdown without `|`. */
  readonly says: string
}

/** The items of one family: those whose ids begin alike. */
export interface Section {
  readonly title: string
  readonly items: readonly Item[]
}
