/** The files of `scopes/tests/` -> tests that can be run, or what is wrong with them: a mistake must not make a test pass. */
import { isScopeToken, type ScopeToken } from '../../policy/scope.ts'
import { checkSchema } from '../check-schema.ts'
import {
  compareText,
  type Diagnostic,
  diagnostic,
  type Finding,
  inOrder,
  isError,
  quoted,
  quotedList,
} from '../diagnostic.ts'
import { createDocument, type MapDocument, type Path } from '../document.ts'
import type { ImaginedCaller } from '../imagined-caller.ts'
import type { ScopeMap } from '../model.ts'
import { readText, type SourceFile } from '../source-text.ts'
import { didYouMean } from '../suggest.ts'
import { readYaml } from '../yaml.ts'
import type { Expected, TestCase, TestFile } from './model.ts'
import { hostOf, readRequest } from './read-request.ts'
import {
  type CallerDeclaration,
  type CaseDeclaration,
  NOBODY,
  type OutcomeDeclaration,
  type TestsFile,
  testsFile,
} from './tests-file.ts'

/** What the tests may speak of. */
interface Known {
  readonly scopes: ReadonlySet<string>
  /** Where requests go that name no host. */
  readonly host: string | undefined
}

export interface TestsReading {
  /** Those without errors, in the order of their paths. */
  readonly files: readonly TestFile[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Total. The order of the files changes nothing. The map is one without errors. */
export function readPolicyTests(files: readonly SourceFile[], declared: ScopeMap): TestsReading {
  const map: Known = { scopes: new Set(declared.scopes.map(({ name }) => name)), host: hostOf(declared) }
  const readings = files.toSorted((a, b) => compareText(a.path, b.path)).map((file) => readFile(file, map))
  return {
    files: readings.flatMap(({ file }) => file ?? []),
    diagnostics: inOrder(readings.flatMap(({ diagnostics }) => diagnostics)),
  }
}

interface FileReading {
  readonly file?: TestFile
  readonly diagnostics: readonly Diagnostic[]
}

function readFile(source: SourceFile, map: Known): FileReading {
  if (!source.path.endsWith('.yaml')) return { diagnostics: [strangeFile(source.path)] }
  const text = readText(source)
  if (!text.ok) return { diagnostics: text.error }
  const { tree, diagnostics } = readYaml(source.path, text.value)
  if (tree === undefined) return { diagnostics }
  const document = createDocument(source.path, tree)
  const { value, diagnostics: faults } = checkSchema(testsFile, document, document.root.value)
  const found = [...diagnostics, ...faults]
  return value === undefined ? { diagnostics: found } : readContent(value, document, map, found)
}

const strangeFile = (path: string): Diagnostic =>
  diagnostic('file-name', {
    at: { file: path, line: 1, column: 1 },
    message: `${quoted(path)} is no file of policy tests`,
    help: 'let its name end in `.yaml`',
  })

function readContent(content: TestsFile, document: MapDocument, map: Known, found: readonly Diagnostic[]): FileReading {
  const cases = content.cases.map((each, index) => readCase(each, index, document, map))
  const diagnostics = [
    ...found,
    ...checkCallers(content, document, map),
    ...checkExpectations(content, document, map),
    ...cases.flatMap(({ diagnostics }) => diagnostics),
  ]
  if (diagnostics.some(isError)) return { diagnostics }
  const file: TestFile = {
    path: document.file,
    about: content.tests,
    ...(content.today !== undefined && { today: content.today }),
    callers: new Map(Object.entries(content.callers).map(([name, caller]) => [name, callerOf(caller)])),
    cases: cases.flatMap(({ cases }) => cases),
  }
  return { file, diagnostics }
}

// Callers

function checkCallers(content: TestsFile, document: MapDocument, map: Known): readonly Diagnostic[] {
  const used = new Set(content.cases.flatMap(({ expect }) => Object.keys(expect)))
  return Object.entries(content.callers).flatMap(([name, { scopes, unknownScopes = [] }]) => {
    const at = document.keyPlaceOf(['callers', name])
    return [
      ...(name === NOBODY ? [diagnostic('invalid-value', { at, ...NOBODY_DECLARED })] : []),
      ...(used.has(name) || name === NOBODY ? [] : [unusedCaller(name, at)]),
      ...undefinedScopes(scopes, ['callers', name, 'scopes'], document, map),
      ...declaredAfterAll(unknownScopes, ['callers', name, 'unknownScopes'], document, map),
    ]
  })
}

const NOBODY_DECLARED: Omit<Finding, 'at'> = {
  message: '`nobody` has no credential, so there is nothing to say of it',
  help: 'call somebody with a token otherwise; `nobody` needs no declaration',
}

const unusedCaller = (name: string, at: Finding['at']): Diagnostic =>
  diagnostic('unused-caller', {
    at,
    message: `no case expects anything of ${quoted(name)}`,
    help: 'remove it, or test it',
  })

/** A misspelt scope grants nothing, so a test that expects a refusal would pass for the wrong reason. */
const undefinedScopes = (names: readonly string[], path: Path, document: MapDocument, { scopes }: Known) =>
  names.flatMap((name, index) => {
    if (scopes.has(name)) return []
    const help = didYouMean(name, scopes) ?? 'declare it in the map, or write it under `unknownScopes` of a caller'
    const at = document.placeOf([...path, index])
    return [diagnostic('undefined-scope', { at, message: `no file declares the scope ${quoted(name)}`, help })]
  })

const declaredAfterAll = (names: readonly string[], path: Path, document: MapDocument, { scopes }: Known) =>
  names.flatMap((name, index) => {
    if (!scopes.has(name)) return []
    const at = document.placeOf([...path, index])
    return [
      diagnostic('invalid-value', {
        at,
        message: `the map declares the scope ${quoted(name)}`,
        help: 'write it under `scopes`',
      }),
    ]
  })

function callerOf(declared: CallerDeclaration): ImaginedCaller {
  const { scopes, unknownScopes = [], client, actor, acr, amr, authAge, tokenAge, lifetime, bound } = declared
  return {
    scopes: new Set([...scopes, ...unknownScopes].filter((name): name is ScopeToken => isScopeToken(name))),
    acrs: acr ?? [],
    amr: amr ?? [],
    bound: bound ?? [],
    // The schema has seen to the type of each.
    authorizationDetails: (declared.authorizationDetails ?? []).map((detail) => ({
      ...detail,
      type: String(detail.type),
    })),
    ...(client !== undefined && { client }),
    ...(actor !== undefined && { actor }),
    ...(authAge !== undefined && { authAgeSeconds: authAge }),
    ...(tokenAge !== undefined && { tokenAgeSeconds: tokenAge }),
    ...(lifetime !== undefined && { lifetimeSeconds: lifetime }),
  }
}

// Expectations

function checkExpectations(content: TestsFile, document: MapDocument, map: Known): readonly Diagnostic[] {
  const known = [...Object.keys(content.callers), NOBODY]
  const isKnown = new Set(known)
  return content.cases.flatMap(({ expect }, index) =>
    Object.entries(expect).flatMap(([name, outcome]) => {
      const path = ['cases', index, 'expect', name]
      const strangers = isKnown.has(name) ? [] : [unknownCaller(name, document.keyPlaceOf(path), known)]
      if (typeof outcome === 'string') return strangers
      return [
        ...strangers,
        ...undefinedScopes(outcome.missing ?? [], [...path, 'missing'], document, map),
        ...undefinedScopes(outcome.required ?? [], [...path, 'required'], document, map),
      ]
    }),
  )
}

const unknownCaller = (name: string, at: Finding['at'], known: readonly string[]): Diagnostic =>
  diagnostic('unknown-caller', {
    at,
    message: `the file has no caller ${quoted(name)}`,
    help: didYouMean(name, known) ?? `it has ${quotedList(known)}`,
  })

function expectedOf(outcome: OutcomeDeclaration): Expected {
  if (outcome === 'allow' || outcome === 'observe' || outcome === 'deny') return { kind: outcome }
  if (typeof outcome === 'string') return { kind: 'denials', codes: [outcome], isComplete: false }
  const { deny, missing, required } = outcome
  return {
    kind: 'denials',
    codes: typeof deny === 'string' ? [deny] : deny,
    isComplete: typeof deny !== 'string',
    ...(missing && { missing: missing.toSorted(compareText) }),
    ...(required && { required: required.toSorted(compareText) }),
  }
}

// Cases

interface CaseReading {
  readonly cases: readonly TestCase[]
  readonly diagnostics: readonly Diagnostic[]
}

function readCase(declared: CaseDeclaration, index: number, document: MapDocument, map: Known): CaseReading {
  const { name, request: texts, upgrade, expect } = declared
  const expectations = Object.entries(expect).map(([caller, outcome]) => ({
    caller,
    expected: expectedOf(outcome),
    at: document.keyPlaceOf(['cases', index, 'expect', caller]),
  }))
  const takesAnyMethod = expectations.every(({ expected }) => isRefusalOfMethod(expected))
  const cases: TestCase[] = []
  const diagnostics: Diagnostic[] = []
  for (const [item, text] of texts.entries()) {
    const path = document.nodeAt(['cases', index, 'request', item])
      ? ['cases', index, 'request', item]
      : ['cases', index, 'request']
    const at = document.placeOf(path)
    const line = readRequest(text, map.host, takesAnyMethod)
    if (line.ok) {
      const request = { ...line.value, upgrade: upgrade !== undefined }
      cases.push({ ...(name !== undefined && { name }), text, request, expectations, at })
    } else diagnostics.push(diagnostic('invalid-value', { at, ...line.error }))
  }
  return { cases, diagnostics }
}

const isRefusalOfMethod = (expected: Expected): boolean =>
  expected.kind === 'denials' && expected.codes[0] === 'method_refused'
