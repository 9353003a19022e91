/** Names in a query as servers read them: what stands behind the gate decides what a name means, and they do not agree. */

/** The name of a pair, without its value: octet by octet, as servers do that do not mind whether it is UTF-8, with ASP.NET's `%u` where it stands for one. */
export const looseName = (pair: string): string =>
  (pair.split('=', 1)[0] ?? '')
    .replaceAll('+', ' ')
    .replace(/%(?:u00)?([0-9A-Fa-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** Whether the query holds a pair whose name, as `looseName` has it, is one of these. Some parsers take `;` for a separator, too. */
export const hasName = (query: string, isMeant: (name: string) => boolean): boolean =>
  query
    .slice(1)
    .split(/[&;]/)
    .some((pair) => isMeant(looseName(pair)))
