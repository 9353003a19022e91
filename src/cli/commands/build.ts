/** `scopewall build`: the generated module that the Worker imports. wrangler runs this before every dev, deploy and dry run. */
import { dirname, join } from 'node:path'
import type { Environment } from '../../policy/environment.ts'
import { type LiveFault, readLive } from '../../release/history.ts'
import { trustOf } from '../../release/signature.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { requireEnvironment, requireSoundMap, type SoundMap } from '../map.ts'
import { type PlaceOptions, placeOf } from '../place.ts'
import { withStore } from '../store.ts'
import { note, paintError, print, printJson } from '../terminal.ts'
import { writeWhole } from '../write-whole.ts'

export interface BuildOptions extends PlaceOptions {
  readonly scopes: string
  readonly out: string
  readonly published?: boolean
  readonly json?: boolean
}

export async function build(options: BuildOptions): Promise<ExitCode> {
  const map = await requireSoundMap(options.scopes)
  const environment = requireEnvironment(map, options.env)
  const serial = options.published ? await publishedSerial(options, environment, map.digest) : 0
  const bundled = { ...environment, siblings: siblingsOf(environment, map.environments) }
  await writeWhole(options.out, renderBundle(bundled, map, serial))
  const { buildConsole } = await import('../console-build.ts')
  await buildConsole(join(dirname(options.out), 'console'))
  const { digest, document, text } = map
  const facts = {
    environment: environment.name,
    digest,
    serial,
    rules: document.rules.length,
    scopes: Object.keys(document.scopes).length,
    bytes: Buffer.byteLength(text),
  }
  if (options.json) printJson({ ...facts, out: options.out })
  else
    print(
      `${options.out}: ${facts.environment}, release ${digest.slice(0, 12)}, serial ${serial}, ${facts.rules} rules, ${facts.scopes} scopes, ${facts.bytes} bytes`,
    )
  return EXIT.done
}

const isLoopback = ({ resource }: Environment): boolean => /^http:/.test(resource)

/** The other environments that this one can reach: an address of somebody's own machine is nobody else's. */
const siblingsOf = (own: Environment, all: readonly Environment[]): NonNullable<Environment['siblings']> =>
  all
    .filter((each) => each.name !== own.name && (isLoopback(own) || !isLoopback(each)))
    .map(({ name, resource }) => ({ name, resource }))

/** The live serial, if what is live is what was built and can be believed; else 0, which everything that is published outranks. */
async function publishedSerial(options: BuildOptions, environment: Environment, digest: string): Promise<number> {
  const reader = { trust: trustOf(environment), now: Date.now() }
  const live = await withStore(placeOf(options), (store) => readLive(store, reader))
  if (live.ok && live.value.pointer?.digest === digest) return live.value.pointer.serial
  const why = live.ok
    ? 'this map is not the one that is live in KV: publish first to give it its own'
    : whyNot(live.error)
  note(paintError('yellow', `the bundle gets serial 0: ${why}`))
  return 0
}

const whyNot = (fault: LiveFault): string =>
  fault.code === 'pointer_malformed'
    ? `\`${fault.key}\` in KV is damaged: ${fault.detail}`
    : `\`${fault.key}\` in KV is not believed: ${fault.reason}`

/** A module rather than JSON, so that the release stays one text and is parsed only where it is needed. */
export function renderBundle(
  environment: Environment,
  { digest, text }: Pick<SoundMap, 'digest' | 'text'>,
  serial: number,
): string {
  return [
    '// Written by `scopewall build`. Trust anchors of one environment, and the release that is there before KV is read.',
    `export const environment = ${JSON.stringify(environment)}`,
    `export const release = ${JSON.stringify({ digest, serial, text })}`,
    '',
  ].join('\n')
}
