/** Relaxations hold for the pattern that decides (clause 2.3), so those of any other pattern hold for nothing. */
import { quoted } from '../diagnostic.ts'
import { didYouMean } from '../suggest.ts'
import type { WholeLint } from './lint.ts'

export const unusedHostOptions: WholeLint = {
  rule: 'unused-host-options',
  find: ({ hostOptions, rules }) => {
    const hosts = new Set(rules.map(({ host }) => host))
    return hostOptions
      .filter(({ host }) => !hosts.has(host))
      .map(({ host, at }) => ({
        at,
        subject: host,
        message: `no rule is on the host ${quoted(host)}`,
        help: didYouMean(host, hosts) ?? 'write the host as the services do, or remove its options',
      }))
  },
}
