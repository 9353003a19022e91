/** `scopewall coverage`: OpenAPI descriptions held against the map, in both directions. */
import { join } from 'node:path'
import {
  type CoverageLimits,
  type CoveredDescription,
  countsOf,
  coverageOf,
  isOver,
} from '../../source/coverage/coverage.ts'
import { parseThreshold, type Threshold } from '../../source/coverage/threshold.ts'
import type { GatewayFile } from '../../source/gateway-file.ts'
import { parseFiles } from '../../source/parse.ts'
import { renderCoverage, renderGithub, renderSummary } from '../coverage-report.ts'
import { noteFinding, readDescriptions } from '../descriptions.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { aliasesOf, requireSoundMap, type SoundMap } from '../map.ts'
import { print, printJson } from '../terminal.ts'

export interface CoverageCommandOptions {
  readonly scopes: string
  readonly host?: string
  readonly basePath?: string
  readonly service?: readonly string[]
  readonly maxUnmapped?: string
  readonly maxStale?: string
  readonly maxMismatch?: string
  readonly format: 'human' | 'github'
  readonly verbose?: boolean
  readonly json?: boolean
}

type Configuration = NonNullable<GatewayFile['coverage']>

/** Exit code 5 where more is amiss than may be. */
export async function coverage(paths: readonly string[], options: CoverageCommandOptions): Promise<ExitCode> {
  const map = await requireSoundMap(options.scopes)
  const { gateway, map: declared } = parseFiles(map.files)
  const configuration = gateway?.content.coverage
  const limits = limitsFrom(options, configuration)
  const descriptions = await describedBy(paths, options, configuration)
  const found = coverageOf(map.document, declared.rules, descriptions, {
    aliases: aliasesOf(map),
    ...servicesFrom(map, options, configuration),
  })
  const counts = countsOf(found)
  const isTooMuch = isOver(counts, limits)
  if (options.json) printJson({ ok: !isTooMuch, ...counts, limits, ...found })
  else if (options.format === 'github') print([...renderGithub(found), renderSummary(counts, limits)].join('\n'))
  else print([...renderCoverage(found, options.verbose === true), renderSummary(counts, limits)].join('\n'))
  return isTooMuch ? EXIT.differs : EXIT.done
}

/** Options first, then the map's own, else nothing may be amiss. */
function limitsFrom(options: CoverageCommandOptions, configuration: Configuration | undefined): CoverageLimits {
  const limit = (option: string, text: string | undefined, configured: Threshold | undefined): Threshold => {
    if (text === undefined) return configured ?? { kind: 'count', value: 0 }
    const parsed = parseThreshold(text)
    if (parsed !== undefined) return parsed
    throw new Stop(EXIT.usage, `\`${option} ${text}\` is no threshold`, 'write a number, or a share as `2.5%`')
  }
  return {
    unmapped: limit('--max-unmapped', options.maxUnmapped, configuration?.maxUnmapped),
    mismatched: limit('--max-mismatch', options.maxMismatch, configuration?.maxMismatch),
    stale: limit('--max-stale', options.maxStale, configuration?.maxStale),
  }
}

async function describedBy(
  paths: readonly string[],
  { scopes, host, basePath }: CoverageCommandOptions,
  configuration: Configuration | undefined,
): Promise<readonly CoveredDescription[]> {
  const wanted: readonly {
    readonly file: string
    readonly host?: string | undefined
    readonly basePath?: string | undefined
  }[] =
    paths.length > 0
      ? paths.map((file) => ({ file }))
      : (configuration?.documents ?? []).map((each) => ({ ...each, file: join(scopes, each.file) }))
  if (wanted.length === 0)
    throw new Stop(
      EXIT.usage,
      'there is no description to hold the map against',
      'name OpenAPI documents, or list them in gateway.yaml: `coverage: { documents: [../openapi.yaml] }`',
    )
  const read = await readDescriptions(wanted.map(({ file }) => file))
  for (const { problems, api } of read)
    for (const problem of [...problems, ...api.unread]) noteFinding('warning', problem)
  const bySource = new Map(read.map(({ source, api }) => [source.path, api]))
  return wanted.flatMap((each) => {
    const api = bySource.get(each.file)
    const placed = { host: host ?? each.host, basePath: basePath ?? each.basePath }
    if (api === undefined) return []
    return {
      api,
      ...(placed.host !== undefined && { host: placed.host.toLowerCase() }),
      ...(placed.basePath !== undefined && { basePath: placed.basePath.replace(/\/+$/, '') }),
    }
  })
}

function servicesFrom(
  { document }: SoundMap,
  { service }: CoverageCommandOptions,
  configuration: Configuration | undefined,
): { readonly services?: readonly string[] } {
  const services = service ?? configuration?.services
  const unknown = services?.find((name) => !Object.hasOwn(document.services, name))
  if (unknown !== undefined)
    throw new Stop(
      EXIT.usage,
      `the map has no service \`${unknown}\``,
      `it has: ${Object.keys(document.services).join(', ')}`,
    )
  return services === undefined ? {} : { services }
}
