/** The first service of a new map, and its policy tests: small, sound, and of every kind of route one. */
import { yamlText } from '../import/yaml-text.ts'
import type { InitAnswers } from './answers.ts'

/** `<service>.yaml`. Its names follow the convention of the starter's `gateway.yaml`. */
export const serviceText = ({
  service,
  owner,
  review,
}: InitAnswers): string => `# yaml-language-server: $schema=schema/service.schema.json
service: ${service}
description: ${yamlText(`What ${service} is, in a sentence`)}
owner: ${yamlText(owner)}
basePath: /v1

scopes:
  ${service}:read:
    reason: Whoever works with ${service} sees them.
    sensitivity: low
    review: ${review}
  ${service}:manage:
    reason: Staff create and change them.
    sensitivity: medium
    implies: [${service}:read]
    review: ${review}

# Whatever is not here is refused.
routes:
  /status:
    GET: { public: Load balancers probe it without credentials. }
  /${service}:
    GET: ${service}:read
    POST: ${service}:manage
  /${service}/{id}:
    GET: ${service}:read
    PATCH: ${service}:manage
`

/** `tests/<service>.yaml`: each route allowed to somebody and refused to somebody. */
export const testsText = ({
  service,
}: InitAnswers): string => `# yaml-language-server: $schema=../schema/tests.schema.json
tests: Who may do what with ${service}.

callers:
  token without scopes: { scopes: [] }
  reader: { scopes: [${service}:read] }
  manager: { scopes: [${service}:manage] }

cases:
  - request: GET /v1/status
    expect: { nobody: allow }

  - request: [GET /v1/${service}, GET /v1/${service}/42]
    expect:
      nobody: credential_missing
      token without scopes: { deny: scope_insufficient, missing: [${service}:read] }
      reader: allow
      manager: allow

  - request: [POST /v1/${service}, PATCH /v1/${service}/42]
    expect:
      nobody: credential_missing
      reader: { deny: scope_insufficient, missing: [${service}:manage] }
      manager: allow

  - request: DELETE /v1/${service}/42
    expect: { manager: unmapped }
`
