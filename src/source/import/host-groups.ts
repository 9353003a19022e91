/** Rules by host -> services: hosts with the same rules share one, since a service says of all its hosts the same. */
import type { ImportedRule, ImportedService } from './imported.ts'

/** The first has the name; the others have their host in theirs. A name is a file name of the map. */
export function servicesByHost(
  name: string,
  rules: ReadonlyMap<string, readonly ImportedRule[]>,
): readonly Pick<ImportedService, 'name' | 'hosts' | 'rules'>[] {
  const groups = new Map<string, { readonly hosts: string[]; readonly rules: readonly ImportedRule[] }>()
  for (const [host, ofHost] of rules) {
    const key = JSON.stringify(ofHost.map(({ method, path, requirement }) => [method, path, requirement]).sort())
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { hosts: [host], rules: ofHost })
    else group.hosts.push(host)
  }
  const taken = new Set<string>()
  return [...groups.values()].map((group) => ({
    name: freeName(taken.size === 0 ? name : `${name}-${serviceName(group.hosts[0] ?? '')}`, taken),
    hosts: group.hosts.filter((host) => host !== ''),
    rules: group.rules,
  }))
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let count = 2; taken.has(name); count++) name = `${wanted}-${count}`
  taken.add(name)
  return name
}

/** Any text -> what a service can be called: lower-case letters, digits and hyphens, beginning with a letter. */
export function serviceName(text: string): string {
  const words =
    text
      .normalize('NFKD')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? []
  const name = words.join('-').slice(0, 60).replace(/-+$/, '')
  return /^[a-z]/.test(name) ? name : `api${name === '' ? '' : `-${name}`}`
}
