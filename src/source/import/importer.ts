/** What every importer is: files of another product in, an `Imported` out. Pure: the caller has read the files. */
import type { Result } from '../../policy/result.ts'
import type { Finding } from '../diagnostic.ts'
import type { SourceFile } from '../source-text.ts'
import type { Imported } from './imported.ts'

export interface ImportSource {
  /** At least one, in the order of the command line. */
  readonly files: readonly SourceFile[]
  /** A file beside them that one of them refers to; undefined where there is none. */
  readonly load: (path: string) => Uint8Array | undefined
}

/** What the user has decided. The defaults are those of the command line: nothing looser, nothing guessed. */
export interface ImportOptions {
  /** The service's name, a file name without `.yaml`. */
  readonly service: string
  /** Instead of the hosts that the source names; empty: those. */
  readonly hosts: readonly string[]
  /** Write what lets more pass than the source, instead of leaving it out. */
  readonly acceptsLooser: boolean
  readonly openapi: OpenApiOptions
}

export interface OpenApiOptions {
  /** Operations that neither they nor the document say anything about. OpenAPI: nothing is required. */
  readonly undeclared: 'public' | 'deny'
  /** Operations with a `{}` among their alternatives; left out: they get no rule. */
  readonly optional?: 'public' | 'required'
  /** Schemes of another type that stand for the bearer token all the same. */
  readonly bearer: readonly string[]
  /** What bearer schemes list (3.1) are roles, which no token need carry; or scopes, by the user's word. */
  readonly roles: 'unknown' | 'scopes'
  /** Where an alternative asks for a token and something that the gate cannot see, such as an API key: drop it, or ask for the token alone, which is looser. */
  readonly otherSchemes: 'drop' | 'ignore'
}

/** The error says why the source cannot be read. */
export type Importer = (source: ImportSource, options: ImportOptions) => Result<Imported, readonly Finding[]>
