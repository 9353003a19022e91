/** `scopewall init`: a scope map for a new repository, which checks and passes its tests from the first minute. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ADMIN_SCOPES, adminTestsText, adminText } from '../../source/init/admin-text.ts'
import type { InitAnswers } from '../../source/init/answers.ts'
import { gatewayText } from '../../source/init/gateway-text.ts'
import { fillPlaceholders } from '../../source/init/placeholders.ts'
import { serviceText, testsText } from '../../source/init/service-text.ts'
import { jsonSchemaFiles } from '../../source/json-schema.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { renderImport } from '../import-report.ts'
import { answersFrom, type InitFlags } from '../init-answers.ts'
import { requireSoundMap } from '../map.ts'
import { requirePassingTests } from '../passing-tests.ts'
import { paint, print, printJson } from '../terminal.ts'
import { check } from './check.ts'
import { type ImportCommandOptions, runImport } from './import.ts'
import { test } from './test.ts'

export interface InitOptions extends InitFlags {
  readonly scopes: string
  readonly config: string
  readonly openapi?: string
  readonly ci?: Pipeline
  readonly replace?: boolean
  readonly json?: boolean
}

const PIPELINES = { github: '.github/workflows/scopes.yml', gitlab: '.gitlab-ci.yml' } as const
type Pipeline = keyof typeof PIPELINES

/** Ends as `check` and `test` end on what was written. */
export async function init(options: InitOptions): Promise<ExitCode> {
  const { scopes, json } = options
  const old = await replaceable(scopes, options.replace === true)
  const { answers, zone } = await answersFrom(options, dayInAYear())
  if (options.ci !== undefined && answers.staging === undefined)
    throw new Stop(
      EXIT.usage,
      'the pipeline publishes to staging and promotes from there, and no host of staging is named',
      'give `--staging <host>`, or leave `--ci` out',
    )
  for (const [path] of old) await rm(path)
  const map = await writeMap(options, answers).catch(async (error: unknown) => {
    await writeFiles(old)
    throw error
  })
  const written = [...map, ...(await writeAround(options, answers, zone))]
  if (json) {
    await requirePassingTests(scopes, await requireSoundMap(scopes))
    printJson({ written })
    return EXIT.done
  }
  for (const path of written) print(`${paint('green', 'wrote')}  ${path}`)
  const checked = await check({ scopes, format: 'human' })
  const tested = checked === EXIT.done ? await test({ scopes, format: 'human' }) : checked
  print(nextSteps(answers, options))
  return tested
}

/** A year is long enough to learn whether a scope is needed, and short enough to remember who asked for it. */
function dayInAYear(): string {
  const today = new Date().toISOString()
  return `${Number(today.slice(0, 4)) + 1}${today.slice(4, 10).replace('-02-29', '-02-28')}`
}

const mapFilesIn = async (folder: string): Promise<readonly string[]> =>
  existsSync(folder)
    ? (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).map((name) => join(folder, name))
    : []

type FileText = readonly [path: string, text: string]

/** The map that is there, if there is one. It makes room only where that was asked for and git has it. */
async function replaceable(scopes: string, replaces: boolean): Promise<readonly FileText[]> {
  const there = [...(await mapFilesIn(scopes)), ...(await mapFilesIn(join(scopes, 'tests')))]
  if (there.length === 0) return []
  if (!replaces)
    throw new Stop(
      EXIT.usage,
      `\`${scopes}\` holds a map already (${there.length} files)`,
      '`--replace` puts a new one in its place, if git has the old one; `--scopes` names another folder',
    )
  if (!(await isCommitted(there)))
    throw new Stop(
      EXIT.usage,
      `\`${scopes}\` holds changes that git does not have, so it was not replaced`,
      'commit them first: then nothing is lost',
    )
  return Promise.all(there.map(async (path) => [path, await readFile(path, 'utf8')] as const))
}

async function isCommitted(paths: readonly string[]): Promise<boolean> {
  try {
    const run = promisify(execFile)
    await run('git', ['ls-files', '--error-unmatch', '--', ...paths])
    return (await run('git', ['status', '--porcelain', '--', ...paths])).stdout === ''
  } catch {
    return false
  }
}

/** The map's own files. Where an import fails, nothing of it stays. */
async function writeMap(options: InitOptions, answers: InitAnswers): Promise<readonly string[]> {
  const { scopes, openapi } = options
  const gateway = join(scopes, 'gateway.yaml')
  const admin: readonly FileText[] = [
    [join(scopes, 'scopewall.yaml'), adminText(answers)],
    [join(scopes, 'tests', 'scopewall.yaml'), adminTestsText],
  ]
  if (openapi === undefined)
    return writeFiles([
      [gateway, gatewayText(answers, ADMIN_SCOPES)],
      ...admin,
      [join(scopes, `${answers.service}.yaml`), serviceText(answers)],
      [join(scopes, 'tests', `${answers.service}.yaml`), testsText(answers)],
    ])
  await writeFiles([[gateway, gatewayText(answers, undefined)]])
  try {
    const { imported, changes } = await runImport('openapi', [openapi], importOptions(options, answers))
    if (options.json !== true) print(renderImport(imported, false))
    const names = imported.services.flatMap((service) => service.scopes.map(({ name }) => name))
    await writeFile(gateway, gatewayText(answers, [...names, ...ADMIN_SCOPES]))
    return [gateway, ...(await writeFiles(admin)), ...changes.map(({ path }) => path)]
  } catch (error) {
    await rm(gateway)
    throw error
  }
}

/** What a new repository decides later, one route at a time. Nothing looser than the description, and nothing guessed. */
const importOptions = ({ scopes }: InitOptions, { service, owner, production }: InitAnswers): ImportCommandOptions => ({
  scopes,
  service,
  owner,
  sensitivity: 'medium',
  host: [production.host],
  undeclared: 'public',
  roles: 'unknown',
  otherSchemes: 'drop',
})

async function writeFiles(files: readonly FileText[]): Promise<readonly string[]> {
  for (const [path, text] of files) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  return files.map(([path]) => path)
}

/** Schemas for editors, the pipeline, and the hosts in `wrangler.toml`. Files that are there already stay as they are. */
async function writeAround(
  { scopes, config, ci }: InitOptions,
  answers: InitAnswers,
  zone: string,
): Promise<readonly string[]> {
  const schemas = jsonSchemaFiles().map(({ path, text }) => [join(scopes, path), text] as const)
  const written = await writeFiles(schemas)
  const pipeline = ci === undefined || existsSync(PIPELINES[ci]) ? [] : await copyPipeline(ci)
  const filled = await fillConfig(config, answers, zone)
  return [...written, ...pipeline, ...filled]
}

async function copyPipeline(ci: Pipeline): Promise<readonly string[]> {
  const text = await readFile(fileURLToPath(new URL(`../../../docs/pipelines/${ci}.yml`, import.meta.url)), 'utf8')
  return writeFiles([[PIPELINES[ci], text]])
}

async function fillConfig(config: string, answers: InitAnswers, zone: string): Promise<readonly string[]> {
  if (!existsSync(config)) return []
  const text = await readFile(config, 'utf8')
  const filled = fillPlaceholders(text, answers, zone)
  return filled === text ? [] : writeFiles([[config, filled]])
}

function nextSteps({ service, staging }: InitAnswers, { scopes, ci }: InitOptions): string {
  const first = staging === undefined ? 'production' : 'staging'
  return [
    '',
    paint('bold', 'What is next'),
    `  ${join(scopes, `${service}.yaml`)}: say why each scope exists, and who may do what`,
    `  ${join(scopes, 'scopewall.yaml')}: let the issuer grant these scopes to whoever may look on, revoke and roll back`,
    `  ${join(scopes, 'gateway.yaml')}: look at \`environments\`; \`npm run scopewall -- issuers --env ${first}\` asks them`,
    `  npx wrangler kv namespace create SCOPES --env ${first}: its id goes into wrangler.toml`,
    `  npx wrangler d1 create scopewall-usage-${first}: its id, too; then its tables and two queues, as docs/deploy.md has it`,
    '  docs/deploy.md leads from here to a protected domain, docs/pipelines.md to a pipeline',
    ...(ci === undefined ? ['  `init --ci github` or `gitlab` would have written the pipeline'] : []),
  ].join('\n')
}
