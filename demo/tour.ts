/** The guided tour, as data: what to paste, and what must come back. It is printed for people and run by a test. */
import type { ChallengeError, DenialCode } from '../src/policy/denial.ts'

export interface TourAddresses {
  /** Without a trailing slash, like the next. */
  readonly gateUrl: string
  readonly issuerUrl: string
  /** The folder of the scope map that the gate was built from. */
  readonly scopes: string
}

/** What a step must bring. The printed line is made from it, so that what people read is what was tested. */
export interface Expectation {
  readonly status: number
  /** `code` of the problem body (RFC 9457). Absent where the request reaches the origin, or the gate answers with a document. */
  readonly code?: DenialCode
  /** Parameters that the Bearer challenge must have. Absent: no challenge at all. */
  readonly challenge?: {
    /** Absent: the challenge must have no error code, for no credential came (RFC 6750 section 3.1). */
    readonly error?: ChallengeError
    readonly scope?: string
    readonly acr_values?: string
  }
}

export interface TourStep {
  readonly title: string
  /** A line to paste before: a token into a shell variable, for this step and those after it, or a moment's patience. */
  readonly before?: string
  /** One line for a POSIX shell. */
  readonly command: string
  readonly expected: Expectation
}

export interface Tour {
  readonly steps: readonly TourStep[]
  /** How to change the map under the running gate, with the policy tests that hold it: nothing is published that they do not cover. */
  readonly change: readonly string[]
  /** How to stop a scope for everybody, see who did what, and take it back: commands that end well. */
  readonly revoke: readonly string[]
  /** Where to watch all of it, and the same at a terminal. */
  readonly watch: { readonly console: string; readonly commands: readonly string[] }
}

/** Returns the tour for a demo that runs at these addresses. */
export function createTour(addresses: TourAddresses): Tour {
  const { gateUrl, issuerUrl, scopes } = addresses
  return {
    steps: steps(gateUrl, issuerUrl),
    watch: { console: `${gateUrl}/_scopewall/`, commands: watch(gateUrl, issuerUrl, scopes) },
    change: change(scopes),
    revoke: revoke(gateUrl, issuerUrl, scopes),
  }
}

const DEFAULT_ISSUER_URL = 'http://localhost:9400'
const DEFAULT_GATE_URL = 'http://localhost:8787'

function tokenLine(issuerUrl: string, variable: string, options: string): string {
  const issuer = issuerUrl === DEFAULT_ISSUER_URL ? '' : ` --issuer ${issuerUrl}`
  return `${variable}=$(npm run -s token -- ${options}${issuer})`
}

const bearer = (token: string) => `-H "Authorization: Bearer ${token}"`

function steps(gateUrl: string, issuer: string): readonly TourStep[] {
  // curl adds the scheme by itself, and a line should fit a terminal.
  const gate = gateUrl.replace('http://', '')
  const refund = `-X POST ${gate}/v1/invoices/inv-1001/refunds`
  const refundScopes = '--client support --scope "invoices:read invoices:refund"'
  return [
    {
      title: 'A public route needs no token',
      command: `curl -si ${gate}/v1/status`,
      expected: { status: 200 },
    },
    {
      title: 'Every other route does, and the challenge says which scope to ask for',
      command: `curl -si ${gate}/v1/invoices`,
      expected: { status: 401, code: 'credential_missing', challenge: { scope: 'invoices:read' } },
    },
    {
      title: 'With that scope the request reaches the origin',
      before: tokenLine(issuer, 'READ', '--client partner --scope "invoices:read"'),
      command: `curl -si ${gate}/v1/invoices ${bearer('$READ')}`,
      expected: { status: 200 },
    },
    {
      title: 'Reading is not creating: the challenge names the scope that is missing',
      command: `curl -si ${gate}/v1/invoices -d '{"customer":"cus-1"}' ${bearer('$READ')}`,
      expected: {
        status: 403,
        code: 'scope_insufficient',
        challenge: { error: 'insufficient_scope', scope: 'invoices:create' },
      },
    },
    {
      title: 'What the map does not name is refused, whoever asks',
      command: `curl -si ${gate}/v1/debug ${bearer('$READ')}`,
      expected: { status: 403, code: 'unmapped' },
    },
    {
      title: 'A path that gate and origin might read differently is refused before anything else',
      command: `curl -si --path-as-is ${gate}/v1/status/..%2Finvoices ${bearer('$READ')}`,
      expected: { status: 400, code: 'target_ambiguous' },
    },
    {
      title: 'Refunds need more than a scope: this login was too weak',
      before: tokenLine(issuer, 'WEAK', refundScopes),
      command: `curl -si ${refund} ${bearer('$WEAK')}`,
      expected: {
        status: 401,
        code: 'step_up_required',
        challenge: { error: 'insufficient_user_authentication', acr_values: 'phr phrh' },
      },
    },
    {
      title: 'The same person, logged in as the challenge asked; good for five minutes',
      before: tokenLine(issuer, 'STRONG', `${refundScopes} --acr phr`),
      command: `curl -si ${refund} ${bearer('$STRONG')}`,
      expected: { status: 201 },
    },
    {
      title: 'The claims of one token under the signature of another',
      command: `curl -si ${gate}/v1/invoices ${bearer(`\${STRONG%.*}.\${READ##*.}`)}`,
      expected: { status: 401, code: 'token_invalid', challenge: { error: 'invalid_token' } },
    },
    {
      title: 'An administrator of the identity provider ends all sessions of Sam; the provider tells the gate',
      command: `curl -si -X DELETE ${issuer.replace('http://', '')}/sessions/sam`,
      expected: { status: 200 },
    },
    {
      title: 'Seconds later Sam’s token is refused, wherever the gate runs (Shared Signals, CAEP)',
      before: 'sleep 3',
      command: `curl -si ${refund} ${bearer('$STRONG')}`,
      expected: { status: 401, code: 'token_invalid', challenge: { error: 'invalid_token' } },
    },
    {
      title: 'Whoever finds a token can burn it (RFC 7009)',
      command: `curl -si ${gate}/_scopewall/revoke -d "token=$READ"`,
      expected: { status: 200 },
    },
    {
      title: 'Seconds later it opens nothing',
      before: 'sleep 3',
      command: `curl -si ${gate}/v1/invoices ${bearer('$READ')}`,
      expected: { status: 401, code: 'token_invalid', challenge: { error: 'invalid_token' } },
    },
    {
      title: 'Where clients find out which scopes there are and who grants them (RFC 9728)',
      command: `curl -si ${gate}/.well-known/oauth-protected-resource`,
      expected: { status: 200 },
    },
  ]
}

function change(scopes: string): readonly string[] {
  const option = scopes === 'scopes' ? '' : ` --scopes ${scopes}`
  return [
    `$EDITOR ${scopes}/invoices.yaml ${scopes}/tests/invoices.yaml`,
    `npm run -s scopewall -- test --coverage${option}`,
    `npm run -s scopewall -- diff kv${option}`,
    `npm run -s scopewall -- publish --env development --local${option}`,
  ]
}

/** For whatever asks the admin API, where the gate or the map is not in its usual place. */
function adminOptions(gateUrl: string, scopes: string): string {
  const url = gateUrl === DEFAULT_GATE_URL ? '' : ` --url ${gateUrl}`
  return `${url}${scopes === 'scopes' ? '' : ` --scopes ${scopes}`}`
}

function watch(gateUrl: string, issuerUrl: string, scopes: string): readonly string[] {
  const options = adminOptions(gateUrl, scopes)
  return [
    `export ${tokenLine(issuerUrl, 'SCOPEWALL_TOKEN', '--client support --scope scopewall:observe')}`,
    `npm run -s scopewall -- usage clients${options}`,
    `npm run -s scopewall -- decisions --outcome deny${options}`,
    `npm run -s scopewall -- incidents list${options}`,
    `npm run -s scopewall -- tail${options}`,
  ]
}

const OPERATOR_SCOPES = ['review', 'suspend', 'restore', 'inspect', 'audit'].map((name) => `scopewall:${name}`)

function revoke(gateUrl: string, issuerUrl: string, scopes: string): readonly string[] {
  const options = adminOptions(gateUrl, scopes)
  const token = tokenLine(issuerUrl, 'SCOPEWALL_TOKEN', '--client support --acr phr --scope "$SCOPES"')
  return [
    `SCOPES="${OPERATOR_SCOPES.join(' ')}"`,
    `export ${token}`,
    `npm run -s scopewall -- revoke --scope invoices:create --reason "A tour of the gate."${options}`,
    `npm run -s scopewall -- revocations${options}`,
    `npm run -s scopewall -- unrevoke <entry> --reason "The tour is over."${options}`,
    `npm run -s scopewall -- tokens${options}`,
    `npm run -s scopewall -- audit verify${options}`,
  ]
}
