/** An export read again: it must say of each operation what was meant, and of all others what it said before. */
import { compareText } from '../diagnostic.ts'
import type { ApiDescription, ApiOperation, ApiSecurity } from '../openapi/api.ts'
import { readApi } from '../openapi/read-api.ts'
import { type SecurityObject, textOf } from './security.ts'

const encoder = new TextEncoder()

/** Whether it does. `texts` are the files as they would be. */
export function saysWhatWasMeant(
  api: ApiDescription,
  meant: ReadonlyMap<ApiOperation, readonly SecurityObject[]>,
  texts: (path: string) => string | undefined,
): boolean {
  const path = api.root.file.path
  const { api: again } = readApi({ path, bytes: encoder.encode(texts(path) ?? '') }, (other) => {
    const text = texts(other)
    return text === undefined ? undefined : encoder.encode(text)
  })
  if (again === undefined || again.operations.length !== api.operations.length) return false
  return api.operations.every((operation, index) => {
    const now = again.operations[index]
    const wanted = meant.get(operation)
    const expected = wanted === undefined ? securityText(operation.security) : objectsText(wanted)
    return now?.method === operation.method && now.path === operation.path && securityText(now.security) === expected
  })
}

function securityText(security: ApiSecurity): string {
  if (security.kind !== 'declared') return security.kind
  return objectsText(
    security.anyOf.map((each) =>
      each.kind === 'all'
        ? Object.fromEntries(each.uses.map(({ scheme, scopes }) => [scheme, scopes]))
        : { unreadable: [] },
    ),
  )
}

const objectsText = (objects: readonly SecurityObject[]): string =>
  [...new Set(objects.map(textOf))].sort(compareText).join('\n')
