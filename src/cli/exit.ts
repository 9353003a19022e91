/** Exit codes, the same for every command. */
export const EXIT = {
  done: 0,
  /** The world failed: KV, git, the file system, wrangler. */
  couldNotRun: 1,
  usage: 2,
  /** The scope map has errors. */
  mapHasErrors: 3,
  /** The request in question is refused, or a policy test failed. */
  denied: 4,
  /** The live state or a description of the API is not the expected one, or `diff --fail-on` found what it looks for. */
  differs: 5,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends a command with a message for people: what went wrong, and how to mend it. Caught once, in `main.ts`. */
export class Stop extends Error {
  readonly exitCode: ExitCode
  readonly help: string | undefined
  constructor(exitCode: ExitCode, message: string, help?: string) {
    super(message)
    this.name = 'Stop'
    this.exitCode = exitCode
    this.help = help
  }
}

export const EXIT_HELP = `
Exit codes:
  0  done                        3  the map or its policy tests have errors
  1  could not run               4  the request in question is refused, a policy test failed,
                                    or the tests cover too little
  2  usage                       5  what is live or what an API description says is not what
                                    was expected, or what --fail-on looks for is there`
