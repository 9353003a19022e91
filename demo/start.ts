/** `npm start`: the demo from one command, until Ctrl-C. */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createTour } from './tour.ts'
import { renderTour, terminalPaint } from './tour-page.ts'
import { type Running, startWorld } from './world.ts'

const HELP = `Starts an issuer, an origin and the gate between them, lets a few clients call it, and prints a tour.

  npm start

  --quiet     no traffic but your own
  --verbose   show what the child processes say
  --help      print this

Usual ports: gate 8787, issuer 9400, origin 9401. A port that is taken is replaced by a free one.
Ctrl-C stops everything.
`

const INVITATION = 'Paste these into another terminal, in this folder. Ctrl-C here stops everything.'
const TRAFFIC = 'A few clients call the gate meanwhile, well and badly; `npm start -- --quiet` has none.'

const FROM_BUILD = /^\[custom build\] (?!Running:)(?=.)/

const OPTIONS = {
  quiet: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

try {
  const { values } = parseArgs({ options: OPTIONS, strict: true })
  if (values.help) process.stdout.write(HELP)
  else await runDemo(values)
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = 2
}

interface DemoOptions {
  readonly quiet: boolean
  readonly verbose: boolean
}

/** Ends the process: with exit code 0 after a signal, with 1 after anything else. Usage mistakes are 2. */
async function runDemo(options: DemoOptions): Promise<never> {
  const running: Running = []
  const failure = await Promise.race([untilSignal(), untilFailure(options, running)])
  for (const stop of running.reverse()) await stop()
  if (failure !== undefined) process.stderr.write(`${failure}\n`)
  process.exit(failure === undefined ? 0 : 1)
}

/** Later signals change nothing: everything is being stopped already. */
function untilSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => resolve(undefined))
  })
}

/** Starts everything, prints the tour, and returns why it came to an end, should it come to one. */
async function untilFailure({ quiet, verbose }: DemoOptions, running: Running): Promise<string> {
  const startedAt = performance.now()
  try {
    const world = await startWorld(
      {
        root: fileURLToPath(new URL('..', import.meta.url)),
        report: (line) => process.stdout.write(`${terminalPaint('dim', line)}\n`),
        isQuiet: quiet,
        onOutput: verbose ? (text) => void process.stderr.write(text) : linesAboutMap(),
      },
      running,
    )
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    process.stdout.write(`\n${terminalPaint('bold', `Ready after ${seconds} s.`)} ${INVITATION}\n\n`)
    if (!quiet) process.stdout.write(`${terminalPaint('dim', TRAFFIC)}\n\n`)
    process.stdout.write(renderTour(createTour(world), terminalPaint))
    return await world.gateEnded
  } catch (error) {
    return messageOf(error)
  }
}

/** Of all that wrangler says, what the build says of a map that was changed: until it is mended, the gate answers nothing. Text comes in any pieces. */
function linesAboutMap(): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (FROM_BUILD.test(line)) process.stderr.write(`${line.replace(FROM_BUILD, '')}\n`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
