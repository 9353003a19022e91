/** A command that signs, such as the client of a key management service: the key never comes near us. */
import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import { EXIT, Stop } from './exit.ts'
import { withFile } from './with-file.ts'

const DEADLINE_MS = 60_000
const SIGNATURE_BYTES = 64
/** Far more than a signature takes in any spelling. */
const MOST_OUTPUT_BYTES = 4096

interface Outcome {
  readonly exitCode: number | null
  readonly output: Buffer
  readonly said: string
}

/**
 * Runs the command with the bytes on its standard input and the key's id in `SCOPEWALL_KEY_ID`. The signature is what it writes: 64 octets, or those in
 * base64 or base64url.
 */
export async function signWithCommand(
  command: string,
  keyId: string,
  bytes: Uint8Array,
  deadlineMs = DEADLINE_MS,
): Promise<Uint8Array> {
  const { exitCode, output, said } = await withFile(bytes, async (path) => {
    const input = await open(path)
    try {
      return await runCommand(command, keyId, input.fd, deadlineMs)
    } finally {
      await input.close()
    }
  })
  if (exitCode !== 0)
    throw new Stop(EXIT.couldNotRun, `the signer failed: ${said === '' ? `exit code ${exitCode}` : said}`, HELP)
  const signature = readSignature(output)
  if (signature === undefined)
    throw new Stop(
      EXIT.couldNotRun,
      `the signer wrote ${output.length} bytes that are no Ed25519 signature`,
      'it must write 64 octets, or those in base64, to its standard output, and nothing else',
    )
  return signature
}

const HELP = 'nothing was written; run the command by hand: `printf x | <command>`'

function readSignature(output: Buffer): Uint8Array | undefined {
  if (output.length === SIGNATURE_BYTES) return output
  const text = output.toString('latin1').trim()
  if (!/^[A-Za-z0-9+/_-]{86}(?:==)?$/.test(text)) return undefined
  return Buffer.from(text, 'base64')
}

/** @param input a file: the pipe that Node would make is a socket, and `/dev/stdin`, by which many clients read theirs, opens no socket */
function runCommand(command: string, keyId: string, input: number, deadlineMs: number): Promise<Outcome> {
  // A key that is in our own environment is not for it.
  const { SCOPEWALL_SIGNING_KEY: _, ...environment } = process.env
  return new Promise((resolve, reject) => {
    const child = spawn(command, {
      shell: true,
      stdio: [input, 'pipe', 'pipe'],
      env: { ...environment, SCOPEWALL_KEY_ID: keyId },
    })
    const output: Buffer[] = []
    let [length, said] = [0, '']
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      // What the shell started may go on for a while; nobody waits for it.
      for (const stream of [child.stdout, child.stderr]) stream?.destroy()
      child.unref()
      reject(new Stop(EXIT.couldNotRun, `the signer did not answer within ${deadlineMs / 1000} seconds`, HELP))
    }, deadlineMs)
    child.stdout?.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= MOST_OUTPUT_BYTES) output.push(chunk)
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < MOST_OUTPUT_BYTES) said += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (exitCode) => {
      clearTimeout(timer)
      resolve({ exitCode, output: Buffer.concat(output), said: firstLine(said) })
    })
  })
}

const firstLine = (text: string): string =>
  (text.split('\n').find((line) => line.trim() !== '') ?? '').replace(/\p{C}/gu, '').trim()
