/** Child processes that can be stopped whole: each leads a process group of its own, so its children go with it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface ChildOptions {
  /** What people know it as. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Where it runs. */
  readonly folder: string
  /** Variables besides those of this process. */
  readonly environment: Readonly<Record<string, string>>
  /** Told everything that it says. */
  readonly onOutput: (text: string) => void
}

export interface Child {
  readonly name: string
  /** Settles when the process has ended, with its exit code or the signal that ended it. Never rejects. */
  readonly ended: Promise<number | string>
  /** The end of what it has said, on both streams. */
  lastLines(): string
  /** Ends the whole group: politely at first, after two seconds for certain. */
  stop(): Promise<void>
}

const KEPT_CHARACTERS = 4000
const PATIENCE_MILLISECONDS = 2000

/** Starts a process in a group of its own. A command that cannot be started ends with the code of the error. */
export function startChild({ name, command, args, folder, environment, onOutput }: ChildOptions): Child {
  const child = spawn(command, [...args], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  let tail = ''
  const listenTo = (text: string) => {
    tail = (tail + text).slice(-KEPT_CHARACTERS)
    onOutput(text)
  }
  child.stdout.setEncoding('utf8').on('data', listenTo)
  child.stderr.setEncoding('utf8').on('data', listenTo)
  const kill = () => signalGroup(child, 'SIGKILL')
  // Whoever ends first, the leader or this process, takes the rest of the group along.
  child.once('exit', kill)
  process.once('exit', kill)
  const ended = endOf(child).finally(() => process.off('exit', kill))
  return { name, ended, lastLines: () => tail.trimEnd(), stop: () => stopGroup(child, ended) }
}

/** Runs a process to its end. Rejects with its last lines where the end is not exit code 0. */
export async function runChild(options: ChildOptions): Promise<void> {
  const child = startChild(options)
  const end = await child.ended
  if (end !== 0) throw new Error(`${options.name} ended with ${end}\n${child.lastLines()}`)
}

async function endOf(child: ChildProcess): Promise<number | string> {
  try {
    const [code, signal] = await once(child, 'close')
    return code ?? signal
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'error'
  }
}

async function stopGroup(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  signalGroup(child, 'SIGTERM')
  const impatience = setTimeout(() => signalGroup(child, 'SIGKILL'), PATIENCE_MILLISECONDS)
  await ended
  clearTimeout(impatience)
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody is left in the group.
  }
}
