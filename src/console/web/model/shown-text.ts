/** Names that strangers chose, as they can be shown: nothing in them hides, or turns the letters around it. */

/** Control and format characters, half surrogates, line and paragraph separators. A joiner within an emoji stays: without it the emoji falls apart. */
const HIDDEN = /(?<!\p{Extended_Pictographic}\uFE0F?)\u200D|(?!\u200D)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu

/** Hidden characters by their number, as the command line writes them: `\u{202e}`. */
export const visible = (text: string): string =>
  text.replace(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
