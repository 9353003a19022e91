/** The memory of an evaluation that ends with the process: for `scopewall incidents test`. */
import type { Identity } from '../../policy/event-batch.ts'
import type { Incident } from '../../policy/incident.ts'
import { type KeptIncident, LIMITS, type Memory, type MemoryLimits } from './memory.ts'
import type { Group } from './window.ts'

export interface MapMemory extends Memory {
  /** In the order in which they were opened. */
  incidents(): readonly Incident[]
  /** Groups and uses that were pushed out. */
  dropped(): number
}

interface HeldGroup {
  readonly group: Group
  readonly keptAt: number
}

/** `since`: when uses began to be remembered; absent: with the first batch. */
export function createMapMemory(limits: MemoryLimits = LIMITS, since?: number): MapMemory {
  const batches = new Set<string>()
  const groups = new Map<string, Map<string, HeldGroup>>()
  const uses = new Map<string, number>()
  const kept: { readonly rule: string; readonly key: string; readonly who?: Identity; incident: Incident }[] = []
  let began = since
  let dropped = 0

  const groupsOf = (rule: string): Map<string, HeldGroup> => {
    const known = groups.get(rule) ?? new Map<string, HeldGroup>()
    groups.set(rule, known)
    return known
  }

  return {
    takes(batchId, now) {
      began ??= now
      if (batches.has(batchId)) return false
      batches.add(batchId)
      return true
    },
    since: () => began ?? 0,
    group: (rule, key) => groupsOf(rule).get(key)?.group,
    keepGroup(rule, key, group, now) {
      const known = groupsOf(rule)
      if (!known.has(key) && known.size >= limits.groups) {
        dropped += 1
        known.delete(leastSeen(known))
      }
      known.set(key, { group, keptAt: now })
    },
    forgetGroup: (rule, key) => void groupsOf(rule).delete(key),
    latest: (rule, key): KeptIncident | undefined => kept.findLast((each) => each.rule === rule && each.key === key),
    openCount: (rule) => kept.filter((each) => each.rule === rule && each.incident.state !== 'closed').length,
    open(rule, key, incident, who) {
      const opened: Incident = { ...incident, id: `inc_${kept.length + 1}`, history: [], alerts: [] }
      kept.push({ rule: rule.name, key, incident: opened, ...(who !== undefined && { who }) })
      return opened
    },
    change(incident) {
      const found = kept.find((each) => each.incident.id === incident.id)
      if (found !== undefined) found.incident = incident
    },
    lastUse: (key) => uses.get(key),
    keepUse(key, at) {
      if (!uses.has(key) && uses.size >= limits.uses) {
        dropped += 1
        const [oldest] = [...uses].reduce((least, each) => (each[1] < least[1] ? each : least))
        uses.delete(oldest)
      }
      uses.set(key, at)
    },
    incidents: () => kept.map(({ incident }) => incident),
    dropped: () => dropped,
  }
}

/** The fewest occurrences, and of those the longest ago. */
function leastSeen(groups: ReadonlyMap<string, HeldGroup>): string {
  let least: readonly [string, HeldGroup] | undefined
  for (const each of groups) if (least === undefined || isLess(each[1], least[1])) least = each
  return least?.[0] ?? ''
}

const isLess = (a: HeldGroup, b: HeldGroup): boolean =>
  a.group.times.length < b.group.times.length || (a.group.times.length === b.group.times.length && a.keptAt < b.keptAt)
