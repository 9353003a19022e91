/** The door of this folder: the bytes of an OpenAPI description -> what it says of its operations. */
import type { Finding } from '../diagnostic.ts'
import type { SourceFile } from '../source-text.ts'
import type { ApiDescription, ApiDescriptionReading, OpenApiVersion } from './api.ts'
import {
  type ApiReading,
  beginReading,
  type LoadFile,
  type Located,
  member,
  openFile,
  report,
  textAt,
} from './follow.ts'
import { readPaths } from './operations.ts'
import { readSchemes, readSecurity } from './security.ts'
import { readHost, readServers } from './servers.ts'

/**
 * Reads OpenAPI 2.0, 3.0, 3.1 and 3.2, as JSON or YAML. Total: whatever the bytes, it neither throws nor runs away. Lenient: what is wrong in
 * one place is a problem and does not keep the rest from being read; what `security` means is never guessed.
 *
 * @param load the files that a description in several files refers to; the default has none
 * @param extraMethods keys of a path item that an extension makes operations, and the methods that they stand for
 */
export function readApi(
  source: SourceFile,
  load: LoadFile = () => undefined,
  extraMethods: Readonly<Record<string, string>> = {},
): ApiDescriptionReading {
  const reading = beginReading(load)
  const file = openFile(reading, source)
  const root: Located | undefined = file && { node: file.root, file, offset: file.root.offset }
  const api = root && readDescription(reading, root, extraMethods)
  return { ...(api && { api }), problems: reading.problems, reading }
}

function readDescription(
  reading: ApiReading,
  root: Located,
  extraMethods: Readonly<Record<string, string>>,
): ApiDescription | undefined {
  const version = readVersion(reading, root)
  if (typeof version !== 'string') {
    report(reading, version)
    return undefined
  }
  const info = member(reading, root, 'info')
  const title = info && textAt(reading, info, 'title')
  const description = info && textAt(reading, info, 'description')
  const security = readSecurity(reading, root, 'document') ?? { kind: 'undeclared' }
  const servers =
    version === '2.0' ? [readHost(reading, root)] : (readServers(reading, root) ?? [readHost(reading, root)])
  const schemes = readSchemes(reading, root, version === '2.0')
  const paths = member(reading, root, 'paths')
  if (paths === undefined) report(reading, { at: root.file.placeAt(0), message: 'the description has no `paths`' })
  const read = paths && readPaths(reading, paths, { version, security, servers, extraMethods })
  return {
    version,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    servers,
    security,
    schemes,
    operations: read?.operations ?? [],
    unread: read?.unread ?? [],
    root,
  }
}

/** The version, or why there is none. An unheard-of 3.x is read as the newest that is known. */
function readVersion(reading: ApiReading, root: Located): OpenApiVersion | Finding {
  const at = root.file.placeAt(root.node.offset)
  const openapi = textAt(reading, root, 'openapi')
  if (openapi !== undefined) {
    const [, minor] = /^3(?:\.([0-9]+))?(?:\.|$)/.exec(openapi.trim()) ?? []
    if (minor === '0' || minor === '1' || minor === '2') return `3.${minor}`
    if (/^3(\.|$)/.test(openapi.trim())) {
      report(reading, { at, message: `OpenAPI ${openapi} is unknown, and read as 3.2` })
      return '3.2'
    }
    return { at, message: `OpenAPI ${openapi} is unknown`, help: 'write 3.0, 3.1 or 3.2' }
  }
  const swagger = textAt(reading, root, 'swagger')
  if (swagger !== undefined && /^2(\.|$)/.test(swagger.trim())) return '2.0'
  return {
    at,
    message: 'the file is no OpenAPI description: it has neither `openapi: 3.x` nor `swagger: "2.0"`',
    help: 'a part of a description is read through the file that refers to it',
  }
}
