/** Texts as they stand in the YAML that importers write: plain where that is safe, otherwise in quotation marks. */

/** No sign of YAML's own at the beginning, none that means something inside a flow collection, and nothing that is no text. */
const PLAIN = /^(?!(?:true|false|null|~)$)[A-Za-z/][A-Za-z0-9 _.~$()+'*@%;=&!/-]*(?::[A-Za-z0-9_./*-]+)*$/i

/** In a flow collection or a block. Characters that cannot be seen are escaped. */
export function yamlText(text: string): string {
  if (PLAIN.test(text) && !text.includes(' #') && !text.endsWith(' ')) return text
  return JSON.stringify(text).replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, escaped)
}

const escaped = (character: string): string =>
  [...character].map((each) => `\\U${(each.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`).join('')

/** The key of a map. Braces mean nothing in the middle of a plain key. */
export const yamlKey = (text: string): string => (/^\/[A-Za-z0-9_.~{}+/-]*$/.test(text) ? text : yamlText(text))

const LONGEST_SENTENCE = 200

/** One line for people, of what may be pages of Markdown. The same again for what it returns. */
export function sentence(text: string): string {
  const line = text.replace(/[\s\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  const characters = [...line]
  return characters.length <= LONGEST_SENTENCE
    ? line
    : `${characters
        .slice(0, LONGEST_SENTENCE - 1)
        .join('')
        .trimEnd()}…`
}
