/** `scopewall keygen`: a pair of keys to sign releases with. The private half goes into a file and nowhere else. */
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { publicHalf } from '../signing-key.ts'
import { note, print, printJson } from '../terminal.ts'

export interface KeygenOptions {
  readonly out: string
  readonly id?: string
  readonly json?: boolean
}

export async function keygen({ out, id = idOfDay(), json }: KeygenOptions): Promise<ExitCode> {
  if (!/^[a-z][a-z0-9-]*$/.test(id))
    throw new Stop(
      EXIT.usage,
      `\`${id}\` is no id for a key`,
      'begin with a letter; go on with those, digits and hyphens',
    )
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  // `wx`: a key that is overwritten is lost for good.
  await writeFile(out, pem, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST'
      ? new Stop(EXIT.couldNotRun, `\`${out}\` is there already`, 'name another file with --out')
      : new Stop(EXIT.couldNotRun, `\`${out}\` cannot be written: ${error.code}`)
  })
  const line = `- { id: ${id}, publicKey: ${publicHalf(privateKey)} }`
  if (json)
    printJson({
      id,
      publicKey: publicHalf(privateKey),
      publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }),
      out,
    })
  else {
    note(`the private key is in ${out}: keep it where only publishing can read it, and out of git`)
    note('add this under `releaseKeys` of the environment in gateway.yaml, and deploy:')
    print(line)
  }
  return EXIT.done
}

/** Keys are told apart by when they were made. */
const idOfDay = (): string => `release-${new Date().toISOString().slice(0, 10)}`
