/** What constructs ask of a token besides scopes: who made it, for whom, with which keys. A map has that once, in `gateway.yaml`, for all of its rules. */
import { quoted } from '../../diagnostic.ts'
import type { Note } from './plan.ts'

/** By name, as text that is equal where the setting is. */
export type TokenSettings = ReadonlyMap<string, string>

/** For constructs that look at tokens, in their order: nothing, or that this one's settings are not those of all. */
export function settingsNotes(all: readonly TokenSettings[]): readonly (readonly Note[])[] {
  const names = [...new Set(all.flatMap((settings) => [...settings.keys()]))]
  const usual = new Map(names.map((name) => [name, mostCommon(all.flatMap((settings) => settings.get(name) ?? []))]))
  return all.map((settings) => {
    // One that does not ask for it is not asked for more than it says.
    const own = names.filter((name) => settings.has(name) && settings.get(name) !== usual.get(name))
    const shared = names.filter((name) => !own.includes(name) && settings.has(name))
    return [...(own.length === 0 ? [] : [differs(own)]), ...(shared.length === 0 ? [] : [isShared(shared)])]
  })
}

/** The first of those that are there most often. */
function mostCommon(texts: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best), ['', 0] as const)[0]
}

const differs = (names: readonly string[]): Note => ({
  verdict: 'looser',
  message: `its ${names.map(quoted).join(' and ')} is not that of most, and a map has one for all its rules`,
  help: 'import the constructs of each issuer and audience by themselves, or give the service an audience of its own in gateway.yaml',
})

const isShared = (names: readonly string[]): Note => ({
  verdict: 'exact',
  message: `what it asks of tokens by ${names.map(quoted).join(' and ')} belongs into the environments of gateway.yaml`,
})
