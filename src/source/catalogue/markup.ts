/** HTML that is escaped by construction: a text becomes markup through `html` alone, and every value in it is escaped unless it is markup already. */

const markup: unique symbol = Symbol('markup')

/** Only `html` makes one. */
export interface Markup {
  readonly [markup]: string
}

type Value = Markup | readonly Markup[] | string | number | undefined

/** Values may stand in text and in double-quoted attributes. What is undefined is left out. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return { [markup]: parts.map((part, index) => (index === 0 ? '' : renderValue(values[index - 1])) + part).join('') }
}

export const textOfMarkup = (value: Markup): string => value[markup]

/** A text of the program's own, such as its style sheet, as it is. Never of the map's. */
export const trusted = (text: string): Markup => ({ [markup]: text })

function renderValue(value: Value): string {
  if (value === undefined) return ''
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value))
  return isList(value) ? value.map(textOfMarkup).join('') : value[markup]
}

const isList = (value: Markup | readonly Markup[]): value is readonly Markup[] => Array.isArray(value)

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** What could change how a line reads (bidirectional marks, control characters) is shown as a symbol. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF\u2028\u2029]/gu, (each) =>
      each === '\n' ? each : '\uFFFD',
    )
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
