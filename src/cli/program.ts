/** What the declarations of commands share: examples in every help, `--json` everywhere, the same options under the same names. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../source/duration.ts'
import { EXIT, EXIT_HELP, type ExitCode } from './exit.ts'

export const createProgram = (): Command =>
  new Command('scopewall')
    .description('Which requests may this token make? The scope map as code: checked, compiled, published, explained.')
    .addHelpText('after', `${EXIT_HELP}\n\nEvery command has --help with examples, and --json.`)
    .exitOverride()

export const scopesOption = (): Option =>
  new Option('--scopes <folder>', 'the folder of the scope map').env('SCOPEWALL_SCOPES').default('scopes')

/** A command, with its examples in its help. `isDefault`: it is meant where the parent's name is all that is typed. */
export function command(
  parent: Command,
  name: string,
  description: string,
  examples: readonly string[],
  isDefault = false,
): Command {
  return parent
    .command(name, { isDefault })
    .description(description)
    .addOption(new Option('--json', 'print the result as JSON'))
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((example) => `  scopewall ${example}`).join('\n')}\n${EXIT_HELP}`,
    )
    .exitOverride()
}

/** The options of whatever looks at one environment's KV. */
export const withPlace = (target: Command): Command =>
  withKv(target.option('--env <name>', 'environment of gateway.yaml and wrangler.toml', 'development'))

/** The options of whatever looks at KV. */
export function withKv(target: Command): Command {
  return target
    .option('--local', "this machine's KV, as `wrangler dev` uses it (default for development)")
    .option('--remote', "the account's KV, with wrangler's own login (default elsewhere)")
    .option('--config <file>', 'wrangler configuration', 'wrangler.toml')
}

/** The options of whatever asks the admin API. */
export const withAdmin = (target: Command): Command =>
  target
    .option('--env <name>', 'environment of gateway.yaml', 'development')
    .option('--url <url>', 'an address behind the gate (default: `resource` of the environment)')
    .addOption(scopesOption())
    .option(
      '--token-file <file>',
      'holds the access token to ask with, `-` for standard input (default: SCOPEWALL_TOKEN)',
    )

/** The options of whatever makes a release live. */
export function withConsent(target: Command): Command {
  return target
    .option('--expect <digest>', 'go on only if this is what would become live (protected environments ask for it)')
    .option('--if-live <digest>', 'go on only if this is what is live until then; `none` if nothing is')
    .option('--wait', 'then wait until the edge answers with it, and say how long that took')
}

/** An option's whole number within bounds. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`write a whole number from ${least} to ${most}`)
  }

/** An option's length of time, in seconds. */
export const seconds =
  (least: number, most: number) =>
  (text: string): number => {
    const value = parseDuration(text)
    if (value !== undefined && value >= least && value <= most) return value
    throw new InvalidArgumentError(`write 30s or 5m; ${least}s at least, ${most / 60}m at most`)
  }

/** The options of whatever changes what is live: who signs it, where the environment asks for that. */
export function withSigning(target: Command): Command {
  return target
    .option('--key <file>', 'the private key that signs: PKCS#8 PEM or JWK (default: SCOPEWALL_SIGNING_KEY holds one)')
    .option('--signer <command>', 'a command that signs: bytes on its standard input, signature on its standard output')
    .option('--key-id <id>', 'which of the `releaseKeys` it is (default: the one whose public half it has)')
    .option('--valid-for <duration>', 'how long the signature is good, as in 30d (default: `releaseValidity`)')
    .option('--above <serial>', 'serials go on from this one, whatever unsigned entries in KV say')
}

let exitCode: ExitCode = EXIT.done

/** A command's work as commander's action, which has no result of its own: its exit code is kept until it is taken. */
export const run =
  <Arguments extends readonly unknown[]>(work: (...args: Arguments) => Promise<ExitCode>) =>
  async (...args: Arguments): Promise<void> => {
    exitCode = await work(...args)
  }

/** Of the command that ran last; done where none has run since. */
export function takeExitCode(): ExitCode {
  const taken = exitCode
  exitCode = EXIT.done
  return taken
}
