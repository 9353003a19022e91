/** JSON for whoever reads it as it is: in a terminal, a log, or the source of a page. */

/** What a terminal would act upon, or show in another order or not at all, is escaped: the same JSON. */
export const plainJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replace(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu, escapedForJson)

/** Each unit of a character as JSON may write it. */
export const escapedForJson = (character: string): string =>
  character.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
