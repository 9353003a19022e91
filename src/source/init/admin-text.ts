/** The rules of the admin API of a new map: without them nobody may feed the revocation log. And their policy tests. */
import { yamlText } from '../import/yaml-text.ts'
import type { InitAnswers } from './answers.ts'

/** The scopes of the text below. */
export const ADMIN_SCOPES: readonly string[] = [
  'scopewall:review',
  'scopewall:audit',
  'scopewall:inspect',
  'scopewall:revoke',
  'scopewall:revoke-bulk',
  'scopewall:suspend',
  'scopewall:restore',
  'scopewall:observe',
  'scopewall:respond',
  'scopewall:release',
]

/** `scopewall.yaml`. No step-up: a new map does not know which context classes its issuer can give. */
export const adminText = ({
  owner,
  review,
}: InitAnswers): string => `# yaml-language-server: $schema=schema/service.schema.json
#
# Who may revoke, and see what is used and refused (docs/revocation.md, docs/usage.md). The gate answers these addresses itself, and judges them by the
# release that it was built with: what is published to KV cannot open them. Let the issuer grant these scopes to few.
service: scopewall
description: Scopewall's own admin API, which reads and feeds the revocation log and tells what the gate does
owner: ${yamlText(owner)}

scopes:
  scopewall:review:
    reason: On-call engineers see who and what is revoked, by whom and why.
    sensitivity: medium
    review: ${review}
  scopewall:audit:
    reason: Auditors fetch the log entry by entry and check that nothing in it was changed.
    sensitivity: medium
    review: ${review}
  scopewall:inspect:
    reason: Security engineers see which tokens, clients and people were active lately, and with which scopes.
    sensitivity: high
    maxTokenAge: 1h
    review: ${review}
  scopewall:revoke:
    reason: On-call engineers and leak scanners revoke a token, a person, a client or a session.
    sensitivity: high
    maxTokenAge: 1h
    review: ${review}
  # Where the issuer can give a strong context class, ask for it in the three below: stepUp: { acr: [phr, phrh], maxAge: 15m }
  scopewall:revoke-bulk:
    reason: After a breach many are revoked at once, from a file.
    sensitivity: critical
    maxTokenAge: 15m
    review: ${review}
  scopewall:suspend:
    reason: A kill switch stops a scope, or all tokens of an issuer, for everybody at once.
    sensitivity: critical
    maxTokenAge: 15m
    review: ${review}
  scopewall:restore:
    reason: Taking a revocation back lets in again whom somebody had reason to keep out.
    sensitivity: critical
    maxTokenAge: 15m
    review: ${review}
  scopewall:observe:
    reason: Engineers see live and in numbers what is let in, what is refused and why, and how the gate is.
    sensitivity: high
    maxTokenAge: 1h
    review: ${review}
  scopewall:respond:
    reason: Whoever is on call takes note of an incident, and closes it with what came of it.
    sensitivity: high
    maxTokenAge: 1h
    review: ${review}
  # As above: a strong context class, where there is one.
  scopewall:release:
    reason: An engineer on call makes an older release live again when the newest one turns callers away.
    sensitivity: critical
    maxTokenAge: 15m
    review: ${review}

routes:
  /_scopewall/admin/revocations:
    GET: scopewall:review
    POST: scopewall:revoke
  /_scopewall/admin/revocations/bulk:
    POST: scopewall:revoke-bulk
  /_scopewall/admin/revocations/{entry}:
    GET: scopewall:review
  /_scopewall/admin/revocations/{entry}/undo:
    POST: scopewall:restore
  /_scopewall/admin/kill-switches:
    POST: scopewall:suspend
  /_scopewall/admin/log:
    GET: { anyOf: [scopewall:review, scopewall:audit] }
  /_scopewall/admin/log/entries:
    GET: scopewall:audit
  /_scopewall/admin/tokens:
    GET: scopewall:inspect
  /_scopewall/admin/usage/traffic:
    GET: scopewall:observe
  /_scopewall/admin/usage/scopes:
    GET: scopewall:observe
  /_scopewall/admin/usage/clients:
    GET: scopewall:observe
  /_scopewall/admin/usage/unmapped:
    GET: scopewall:observe
  /_scopewall/admin/usage/deprecated:
    GET: scopewall:observe
  /_scopewall/admin/usage/observed:
    GET: scopewall:observe
  /_scopewall/admin/usage/sinks:
    GET: scopewall:observe
  /_scopewall/admin/usage/replay:
    GET: scopewall:observe
  /_scopewall/admin/decisions:
    GET: scopewall:observe
  /_scopewall/admin/decisions/{decision}:
    GET: scopewall:observe
  /_scopewall/admin/overview:
    GET: scopewall:observe
  /_scopewall/admin/releases:
    GET: scopewall:observe
  /_scopewall/admin/releases/{digest}:
    GET: scopewall:observe
  /_scopewall/admin/releases/rollback:
    POST: scopewall:release
  /_scopewall/admin/tail:
    POST: scopewall:observe
  /_scopewall/admin/incidents:
    GET: scopewall:observe
  /_scopewall/admin/incidents/{incident}:
    GET: scopewall:observe
  /_scopewall/admin/incidents/{incident}/acknowledge:
    POST: scopewall:respond
  /_scopewall/admin/incidents/{incident}/close:
    POST: scopewall:respond
`

/** `tests/scopewall.yaml`: each route allowed to somebody and refused to somebody. */
export const adminTestsText = `# yaml-language-server: $schema=../schema/tests.schema.json
tests: Who revokes, who looks on, who answers incidents.

callers:
  token without scopes: { scopes: [] }
  on-call: { scopes: [scopewall:review, scopewall:revoke], tokenAge: 5m }
  on-call, with an old token: { scopes: [scopewall:review, scopewall:revoke], tokenAge: 61m }
  auditor: { scopes: [scopewall:audit] }
  incident lead: { scopes: [scopewall:revoke-bulk, scopewall:suspend, scopewall:restore], tokenAge: 5m }
  incident lead, with an old token:
    { scopes: [scopewall:revoke-bulk, scopewall:suspend, scopewall:restore], tokenAge: 16m }
  security: { scopes: [scopewall:inspect], tokenAge: 5m }
  security, with an old token: { scopes: [scopewall:inspect], tokenAge: 61m }
  engineer: { scopes: [scopewall:observe], tokenAge: 5m }
  engineer, with an old token: { scopes: [scopewall:observe], tokenAge: 61m }
  responder: { scopes: [scopewall:respond], tokenAge: 5m }
  responder, with an old token: { scopes: [scopewall:respond], tokenAge: 61m }
  release lead: { scopes: [scopewall:release], tokenAge: 5m }
  release lead, with an old token: { scopes: [scopewall:release], tokenAge: 16m }

cases:
  - request: [GET /_scopewall/admin/revocations, GET /_scopewall/admin/revocations/17]
    expect:
      nobody: credential_missing
      auditor: { deny: scope_insufficient, missing: [scopewall:review] }
      on-call: allow

  - request: POST /_scopewall/admin/revocations
    expect:
      nobody: credential_missing
      auditor: { deny: scope_insufficient, missing: [scopewall:revoke] }
      on-call: allow
      on-call, with an old token: { deny: [token_too_old] }

  - request: POST /_scopewall/admin/revocations/bulk
    expect:
      nobody: credential_missing
      on-call: { deny: scope_insufficient, missing: [scopewall:revoke-bulk] }
      incident lead: allow
      incident lead, with an old token: { deny: [token_too_old] }

  - request: POST /_scopewall/admin/revocations/17/undo
    name: whoever revokes cannot take it back
    expect:
      nobody: credential_missing
      on-call: { deny: scope_insufficient, missing: [scopewall:restore] }
      incident lead: allow
      incident lead, with an old token: { deny: [token_too_old] }

  - request: POST /_scopewall/admin/kill-switches
    expect:
      nobody: credential_missing
      on-call: { deny: scope_insufficient, missing: [scopewall:suspend] }
      incident lead: allow
      incident lead, with an old token: { deny: [token_too_old] }

  - request: GET /_scopewall/admin/log
    expect:
      nobody: credential_missing
      token without scopes: { deny: scope_insufficient }
      on-call: allow
      auditor: allow

  - request: GET /_scopewall/admin/log/entries
    expect:
      nobody: credential_missing
      on-call: { deny: scope_insufficient, missing: [scopewall:audit] }
      auditor: allow

  - request: GET /_scopewall/admin/tokens
    expect:
      nobody: credential_missing
      on-call: { deny: scope_insufficient, missing: [scopewall:inspect] }
      security: allow
      security, with an old token: { deny: [token_too_old] }

  - request:
      - GET /_scopewall/admin/usage/traffic
      - GET /_scopewall/admin/usage/scopes
      - GET /_scopewall/admin/usage/clients
      - GET /_scopewall/admin/usage/unmapped
      - GET /_scopewall/admin/usage/deprecated
      - GET /_scopewall/admin/usage/observed
      - GET /_scopewall/admin/usage/sinks
      - GET /_scopewall/admin/usage/replay
      - GET /_scopewall/admin/decisions
      - GET /_scopewall/admin/decisions/0d9f6a52-7f5c-4c58-8d0e-6f2f0f5a2b11
      - GET /_scopewall/admin/incidents
      - GET /_scopewall/admin/incidents/inc_17
      - GET /_scopewall/admin/overview
      - GET /_scopewall/admin/releases
      - GET /_scopewall/admin/releases/3fa94c
      - POST /_scopewall/admin/tail
    expect:
      nobody: credential_missing
      on-call: { deny: scope_insufficient, missing: [scopewall:observe] }
      engineer: allow
      engineer, with an old token: { deny: [token_too_old] }

  - request: POST /_scopewall/admin/releases/rollback
    name: whoever looks on cannot roll back
    expect:
      nobody: credential_missing
      engineer: { deny: scope_insufficient, missing: [scopewall:release] }
      release lead: allow
      release lead, with an old token: { deny: [token_too_old] }

  - request: [POST /_scopewall/admin/incidents/inc_17/acknowledge, POST /_scopewall/admin/incidents/inc_17/close]
    name: whoever looks on closes nothing
    expect:
      nobody: credential_missing
      engineer: { deny: scope_insufficient, missing: [scopewall:respond] }
      responder: allow
      responder, with an old token: { deny: [token_too_old] }
`
