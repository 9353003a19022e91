/** `gateway.yaml` of a new map: the conventions that most teams end up with, and one environment a deployment. */
import { yamlText } from '../import/yaml-text.ts'
import type { Deployment, InitAnswers } from './answers.ts'

/** `service:action`, as the starter's scopes are named. */
export const STARTER_PATTERN = '[a-z][a-z0-9-]*(:[a-z][a-z0-9-]*)+'

const follows = (names: readonly string[]): boolean => {
  const pattern = new RegExp(`^(?:${STARTER_PATTERN})$`, 'u')
  return names.every((name) => pattern.test(name))
}

/**
 * The text, with comments for whoever edits it.
 *
 * @param scopeNames names that the map has; where they do not follow the convention, or nobody knows them yet, it is left for the author to write
 */
export function gatewayText(answers: InitAnswers, scopeNames: readonly string[] | undefined): string {
  const { production, staging, profile } = answers
  const naming =
    scopeNames !== undefined && follows(scopeNames)
      ? `  pattern: "${STARTER_PATTERN}" # the whole name must match`
      : `  # The imported names follow no convention yet. Write the one that new scopes shall follow:\n  # pattern: "${STARTER_PATTERN}"`
  return `# yaml-language-server: $schema=schema/gateway.schema.json
#
# What all services share, and what each deployment trusts. The environments below travel only with the deployed
# Worker, never with a published release: whoever can write KV can neither add an issuer nor redirect traffic.

naming:
${naming}
  tooCoarse: [read, write, admin, all, full, user, api]

lint:
  unsigned-releases:
    except:
      - at: production
        reason: There are no keys yet. Take this out once production has \`releaseKeys\`; \`scopewall keygen\` makes them.

# The host of every service that names none of its own.
hosts: [${yamlText(production.host)}]

environments:
  # This machine: \`npm start\` runs an issuer and an origin there.
  development:
    resource: http://localhost:8787
    audience: ${yamlText(production.audience)}
    issuers:
      - issuer: http://localhost:9400
        keys: oidc
        algorithms: [ES256, RS256]
        client: [client_id]
    upstream: http://127.0.0.1:9401
    console: { clientId: console } # http://localhost:8787/_scopewall/
    hostAliases:
      localhost: ${yamlText(production.host)}
      127.0.0.1: ${yamlText(production.host)}
${staging === undefined ? '' : `\n${environmentText('staging', staging, profile, production.host)}`}
${environmentText('production', production, profile, production.host)}`
}

function environmentText(
  name: string,
  { host, issuer, audience }: Deployment,
  profile: string | undefined,
  mapHost: string,
): string {
  const trust =
    profile === undefined
      ? ['        keys: oidc # or `oauth`, or the address of the key set', '        algorithms: [ES256, RS256]']
      : [`        profile: ${profile}`]
  return [
    `  ${name}:`,
    `    resource: ${yamlText(`https://${host}`)}`,
    `    audience: ${yamlText(audience)} # what the issuer writes into \`aud\``,
    '    issuers:',
    `      - issuer: ${yamlText(issuer)} # \`iss\` exactly as the tokens have it; a trailing slash counts`,
    ...trust,
    '    upstream: zone # the origin behind the route',
    `    # A public client of your provider, with the redirect URI https://${host}/_scopewall/; the guide to the console has the rest.`,
    '    # console: { clientId: scopewall-console }',
    ...(host === mapHost
      ? []
      : ['    hostAliases:', `      ${yamlText(host)}: ${yamlText(mapHost)} # the map speaks of the production host`]),
    '',
  ].join('\n')
}
