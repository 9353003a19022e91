/** Values of header fields (RFC 9110 section 5.5). */

/** Without the spaces and tabs around it, and no others. By hand: `/[\t ]+$/` begins anew at each blank inside, and clients choose the values. */
export function trimField(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isBlank(value.charCodeAt(start))) start++
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--
  return value.slice(start, end)
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09
