/** The issuers of an environment: those of the API's callers, and those of the admin API, where they are others. */
import type { Path } from './document.ts'
import type { EnvironmentDeclaration } from './gateway-file.ts'

/** A list, and where it stands. Whose token it is is asked within one. */
export interface IssuerList {
  readonly issuers: EnvironmentDeclaration['issuers']
  readonly path: Path
}

export const issuerListsOf = (name: string, { issuers, admin }: EnvironmentDeclaration): readonly IssuerList[] => [
  { issuers, path: ['environments', name, 'issuers'] },
  ...(admin?.issuers === undefined
    ? []
    : [{ issuers: admin.issuers, path: ['environments', name, 'admin', 'issuers'] }]),
]
