/** What holds where a map says nothing. Written as a map would write it; nothing else in the project has a default of its own. */
export const DEFAULTS = {
  mode: 'enforce',
  coldStart: 'bundled',
  refresh: '30s',
  maxAge: '5m',
  clockLeeway: '10s',
  keysMaxStale: '24h',
  corsMaxAge: '10m',
  tokenType: 'at+jwt',
  scopes: { claim: 'scope', format: 'string' },
  client: ['client_id'],
  pathBytes: 4096,
  tokenBytes: 8192,
} as const
