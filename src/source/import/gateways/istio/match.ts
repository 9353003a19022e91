/** How Istio compares a text with a value: exactly, by its beginning (`a*`), by its end (`*a`), or that it is there (`*`). */

export type ValueKind = 'exact' | 'prefix' | 'suffix' | 'presence'

export function kindOf(value: string): ValueKind {
  if (value === '*') return 'presence'
  return value.endsWith('*') ? 'prefix' : value.startsWith('*') ? 'suffix' : 'exact'
}

export function matchesValue(value: string, text: string): boolean {
  switch (kindOf(value)) {
    case 'presence':
      return text !== ''
    case 'prefix':
      return text.startsWith(value.slice(0, -1))
    case 'suffix':
      return text.endsWith(value.slice(1))
    case 'exact':
      return text === value
  }
}
