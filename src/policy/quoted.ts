const LONGEST_QUOTE = 80

/** Input for a message: in backticks, short, and without characters that a terminal, or a log that takes commands, would act upon. */
export function quoted(text: string): string {
  const short = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text
  return `\`${short.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped)}\``
}

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
