/** Where the map and the environment ask for less than they could, and who says why. */
import type { Environment } from '../../policy/environment.ts'
import type { ReleaseDocument, RuleEntry } from '../../policy/release.ts'
import type { ReviewFacts } from './facts.ts'

export interface Exception {
  /** A rule as `GET host/path`, a scope, a host, a client or a part of the environment. */
  readonly subject: string
  readonly what: string
  /** Absent: nobody wrote one. */
  readonly reason?: string
}

export interface ExceptionGroup {
  readonly title: string
  /** Why an auditor looks at these. */
  readonly meaning: string
  readonly exceptions: readonly Exception[]
}

const ruleName = ({ method, host, path }: RuleEntry): string => `${method} ${host}${path}`

/** All groups, also those that are empty: that there is none is worth saying, too. */
export function reviewExceptions({
  release: { document },
  environment,
  excused,
  findings,
  reasons,
}: ReviewFacts): readonly ExceptionGroup[] {
  const { switchedOff, hosts } = reasons
  return [
    {
      title: 'Routes without a token',
      meaning: 'Anybody reaches the origin here.',
      exceptions: document.rules.flatMap((rule) =>
        rule.public === undefined ? [] : [{ subject: ruleName(rule), what: 'public', reason: rule.public }],
      ),
    },
    {
      title: 'Routes for any valid token',
      meaning: 'No scope is asked for: whoever has a token of a trusted issuer passes.',
      exceptions: document.rules.flatMap((rule) =>
        rule.authenticated === undefined
          ? []
          : [{ subject: ruleName(rule), what: 'authenticated', reason: rule.authenticated }],
      ),
    },
    {
      title: 'Observed, not enforced',
      meaning: 'What is missing is recorded, and the request is let through.',
      exceptions: observed(document, environment),
    },
    {
      title: 'Protections that are off',
      meaning: 'Parts of the gate that this environment does without.',
      exceptions: [
        ...switchedOff.map(({ part, reason }) => ({ subject: part, what: 'off', reason })),
        ...weakened(environment),
      ],
    },
    {
      title: 'Hosts that take more spellings of a path',
      meaning: 'Paths that are refused elsewhere, because gate and origin might read them differently.',
      exceptions: Object.entries(document.hosts).map(([host, { allow }]) => {
        const reason = hosts.get(host)
        return { subject: host, what: `allows ${allow.join(', ')}`, ...(reason !== undefined && { reason }) }
      }),
    },
    {
      title: 'Findings of checks that are excused',
      meaning: 'A check of the map found something, and `gateway.yaml` says why it may stay.',
      exceptions: excused.map(({ rule, subject, message, reason }) => ({
        subject: subject ?? rule,
        what: `${rule}: ${message}`,
        ...(reason !== undefined && { reason }),
      })),
    },
    {
      title: 'Findings of checks that stand',
      meaning: 'A check of the map found something, and nobody has excused it. `scopewall check` says where.',
      exceptions: findings.map(({ rule, subject, message }) => ({
        subject: subject ?? rule,
        what: `${rule}: ${message}`,
      })),
    },
  ]
}

const observed = (document: ReleaseDocument, { mode, observeClients, name }: Environment): readonly Exception[] => [
  ...(mode === 'observe' ? [{ subject: name, what: 'the whole environment is observed' }] : []),
  ...observeClients.map((client) => ({ subject: client, what: 'a client that is observed' })),
  ...document.rules.flatMap((rule) =>
    rule.mode === 'observe' ? [{ subject: ruleName(rule), what: 'a route that is observed' }] : [],
  ),
]

function weakened({ releaseSigning, issuers }: Environment): readonly Exception[] {
  return [
    ...(releaseSigning === undefined
      ? [{ subject: 'releaseKeys', what: 'releases are not signed: whoever can write KV decides what is live' }]
      : []),
    ...issuers.flatMap(({ issuer, type }) =>
      type.kind === 'legacy'
        ? [{ subject: issuer, what: 'tokens of an older type are accepted', reason: type.reason }]
        : [],
    ),
    ...issuers.flatMap(({ issuer, maxLifetimeSeconds }) =>
      maxLifetimeSeconds === undefined ? [{ subject: issuer, what: 'tokens may live for any length of time' }] : [],
    ),
  ]
}
