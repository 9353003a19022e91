/** Descriptions for tests: a text or a JSON value in, what was read out. */
import type { ApiDescription, ApiDescriptionReading, ApiSecurity } from '../../../src/source/openapi/api.ts'
import { readApi } from '../../../src/source/openapi/read-api.ts'

const encoder = new TextEncoder()

/** Reads the first of the files; the others are those beside it. */
export function readFiles(files: Readonly<Record<string, string>>): ApiDescriptionReading {
  const [first] = Object.entries(files)
  if (first === undefined) throw new Error('there is no file')
  return readApi({ path: first[0], bytes: encoder.encode(first[1]) }, (path) => {
    const text = Object.hasOwn(files, path) ? files[path] : undefined
    return text === undefined ? undefined : encoder.encode(text)
  })
}

export const readText = (text: string): ApiDescriptionReading => readFiles({ 'api.yaml': text })

/** The description; throws with the problems where there is none. */
export function apiOf(text: string): ApiDescription {
  const { api, problems } = readText(text)
  if (api === undefined) throw new Error(problems.map(({ message }) => message).join('\n'))
  return api
}

/** `file:line:column message`, in order. */
export const problemsOf = ({ problems }: ApiDescriptionReading): readonly string[] =>
  problems.map(({ at, message }) => `${at.file}:${at.line}:${at.column} ${message}`)

/** `METHOD path`, in order. */
export const operationsOf = ({ operations }: ApiDescription): readonly string[] =>
  operations.map(({ method, path }) => `${method} ${path}`)

/** `(a:x & a:y) | b`, `public`, `undeclared`, ... */
export function securityText(security: ApiSecurity | undefined): string {
  if (security === undefined || security.kind !== 'declared') return security?.kind ?? 'absent'
  if (security.anyOf.length === 0) return 'public'
  return security.anyOf
    .map((alternative) => {
      if (alternative.kind === 'unreadable') return 'unreadable'
      const uses = alternative.uses.flatMap(({ scheme, scopes }) =>
        scopes.length === 0 ? [scheme] : scopes.map((scope) => `${scheme}:${scope}`),
      )
      return uses.length === 0 ? 'everybody' : `(${uses.join(' & ')})`
    })
    .join(' | ')
}
