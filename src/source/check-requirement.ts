/** What a schema cannot see of one requirement: how it goes together with its service and its path. */
import type { SenderConstraint } from '../policy/rule.ts'
import type { Template } from '../policy/template.ts'
import { type Diagnostic, diagnostic, quoted, quotedList } from './diagnostic.ts'
import type { MapDocument, Path } from './document.ts'
import type { RequirementDeclaration, ServiceFile } from './service-file.ts'

/** `conflicting-constraints`, `invalid-value`. */
export function checkRequirement(
  file: ServiceFile,
  document: MapDocument,
  path: Path,
  template: Template,
  requirement: RequirementDeclaration,
): readonly Diagnostic[] {
  if (typeof requirement === 'string') return []
  const { senderConstrained: own, authorizationDetails } = requirement
  const conflict = own !== undefined && file.senderConstrained !== undefined && conflicts(own, file.senderConstrained)
  const matches = (authorizationDetails ?? []).flatMap(({ match }) => Object.entries(match ?? {}))
  const names = template.segments.flatMap((segment) => (segment.kind === 'parameter' ? [segment.name] : []))
  return [
    ...(conflict
      ? [
          diagnostic('conflicting-constraints', {
            at: document.placeOf([...path, 'senderConstrained']),
            message: `the service asks for tokens that are bound as ${quoted(String(file.senderConstrained))}, the route for ${quoted(own)}`,
            help: 'let the service ask for `any`, and each route for its own kind',
            related: [{ message: 'the service says it here', at: document.placeOf(['senderConstrained']) }],
          }),
        ]
      : []),
    ...matches.flatMap(([, wanted]) => parameterFault(wanted, names, document, path)),
  ]
}

const isDpop = (constraint: SenderConstraint): boolean => constraint.startsWith('dpop')

const conflicts = (a: SenderConstraint, b: SenderConstraint): boolean =>
  (a === 'mtls' && isDpop(b)) || (b === 'mtls' && isDpop(a))

/** A text with braces that is no parameter of the path would match nothing, or only itself. */
function parameterFault(
  wanted: string,
  names: readonly string[],
  document: MapDocument,
  path: Path,
): readonly Diagnostic[] {
  if (!/[{}]/.test(wanted) || names.some((name) => wanted === `{${name}}`)) return []
  return [
    diagnostic('invalid-value', {
      at: document.placeOf([...path, 'authorizationDetails']),
      message: `${quoted(wanted)} is no parameter of the path`,
      help:
        names.length === 0
          ? 'the path has no parameters: write a text without braces'
          : `write a text without braces, or one of ${quotedList(names.map((name) => `{${name}}`))}, alone`,
    }),
  ]
}
