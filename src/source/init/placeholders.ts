/** `wrangler.toml` as it comes with the project names the hosts of the example; a new map has its own. */
import type { InitAnswers } from './answers.ts'

const EXAMPLE = { production: 'api.example.com', staging: 'api.staging.example.com', zone: 'example.com' }

/**
 * The text with the hosts in place of the example's. Only lines that are still as they came are touched; the ids of the KV namespaces are left, since only
 * Cloudflare knows them.
 *
 * @param zone the Cloudflare zone that the hosts are in
 */
export function fillPlaceholders(text: string, { production, staging }: InitAnswers, zone: string): string {
  const routes: readonly (readonly [string, string | undefined])[] = [
    [EXAMPLE.production, production.host],
    [EXAMPLE.staging, staging?.host],
  ]
  return routes.reduce(
    (filled, [example, host]) =>
      host === undefined ? filled : filled.replace(routeOf(example, EXAMPLE.zone), () => routeOf(host, zone)),
    text,
  )
}

const routeOf = (host: string, zone: string): string => `routes = [{ pattern = "${host}/*", zone_name = "${zone}" }]`
