/** Names taken apart into words, as people read them: `Invoices.ReadAll`, `invoices:read-all` and `invoices_read_all` say the same. */

/** In lower case, from left to right. */
export const wordsOf = (text: string): readonly string[] =>
  text
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .split(/[^a-z0-9*]+/)
    .filter((word) => word !== '')
