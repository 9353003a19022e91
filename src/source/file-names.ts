/** Which files make a map: `gateway.yaml`, and one `<service>.yaml` a service. */
import { type Diagnostic, diagnostic, type Place, quoted } from './diagnostic.ts'

const GATEWAY_FILE = 'gateway.yaml'

/** Windows has its own separator. */
const nameOf = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

/** The name of a service's file without its ending, which must be the service's name. */
export const stemOf = (path: string): string => nameOf(path).replace(/\.yaml$/, '')

export const isGateway = (path: string): boolean => nameOf(path) === GATEWAY_FILE

export const isMapFile = (path: string): boolean => /^[a-z][a-z0-9-]*\.yaml$/.test(nameOf(path))

/** Diagnostics: `file-name`, `missing-file`. */
export function checkFileNames(paths: readonly string[]): readonly Diagnostic[] {
  const gateways = paths.filter(isGateway)
  const services = paths.filter((path) => isMapFile(path) && !isGateway(path))
  const folder = paths[0] === undefined ? '' : paths[0].slice(0, -nameOf(paths[0]).length)
  const diagnostics = paths.filter((path) => !isMapFile(path)).map(strangeFile)
  for (const path of gateways.slice(1))
    diagnostics.push(diagnostic('file-name', { at: startOf(path), message: 'this is a second `gateway.yaml`' }))
  if (gateways.length === 0) diagnostics.push(missingFile(folder + GATEWAY_FILE, 'there is no `gateway.yaml`'))
  if (services.length === 0)
    diagnostics.push(missingFile(`${folder}<service>.yaml`, 'there is no service: every request would be refused'))
  return diagnostics
}

const startOf = (file: string): Place => ({ file, line: 1, column: 1 })

const strangeFile = (path: string): Diagnostic =>
  diagnostic('file-name', {
    at: startOf(path),
    message: `${quoted(nameOf(path))} is no file of a map`,
    help: 'a service lives in `<service>.yaml`: lower-case letters, digits and hyphens',
  })

const missingFile = (file: string, message: string): Diagnostic =>
  diagnostic('missing-file', { at: startOf(file), message })
