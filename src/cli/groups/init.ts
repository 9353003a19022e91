/** The command that begins a map. */
import { type Command, Option } from 'commander'
import { PROFILE_NAMES } from '../../source/profiles.ts'
import { init } from '../commands/init.ts'
import { command, run, scopesOption } from '../program.ts'

export function declareInitCommand(program: Command): void {
  command(
    program,
    'init',
    'Begin a scope map: asks on a terminal, takes options elsewhere, and ends in a passing `check` and `test`.',
    [
      'init',
      'init --host api.acme.com --service orders --owner team-orders --issuer https://login.acme.com/',
      'init --host api.acme.com --staging api.staging.acme.com --service orders --owner team-orders --issuer https://login.acme.com/ --ci github',
      'init --openapi openapi.yaml --host api.acme.com --service orders --owner team-orders --issuer https://login.acme.com/',
    ],
  )
    .addOption(scopesOption())
    .option('--host <name>', 'the host of your API in production')
    .option('--service <name>', 'the first service, as its file will be called')
    .option('--owner <name>', 'who answers for its scopes')
    .option('--issuer <url>', 'the issuer of the access tokens, exactly as `iss`')
    .option('--audience <text>', 'what the issuer writes into `aud` (default: https://<host>)')
    .addOption(new Option('--profile <name>', 'a known identity provider').choices(PROFILE_NAMES))
    .option('--staging <host>', 'the host of your API in staging')
    .option('--staging-issuer <url>', 'the issuer of its tokens (default: the same)')
    .option('--zone <name>', 'the Cloudflare zone of the hosts (default: their last two labels)')
    .option('--openapi <file>', 'begin with the operations of this description')
    .addOption(new Option('--ci <kind>', 'write a pipeline, too; it needs `--staging`').choices(['github', 'gitlab']))
    .option('--replace', 'put it in the place of a map that git has')
    .option('--config <file>', 'wrangler configuration, whose example hosts become yours', 'wrangler.toml')
    .action(run(init))
}
