/** The doors that senders of events knock at: `/_scopewall/events/<name>`, one for each sender of the environment. */
import type { Door } from '../gateway/app.ts'
import { OWN_PREFIX } from '../policy/reserved.ts'
import type { EventParts } from './event-parts.ts'
import { hookDoor } from './hook-events.ts'
import { scimDoor } from './scim-events.ts'
import { signalDoor } from './signal-events.ts'

/** None where the environment has no sender: such an address is then not found. */
export function createEventDoors(parts: EventParts): readonly Door[] {
  return (parts.environment.revocation?.senders ?? []).flatMap((sender) => {
    const path = `${OWN_PREFIX}events/${sender.name}`
    switch (sender.kind) {
      case 'ssf':
        return [{ path, open: signalDoor(parts, sender) }]
      case 'scim':
        return [{ path: `${path}/*`, open: scimDoor(parts, sender, path) }]
      default:
        return [{ path, open: hookDoor(parts, sender) }]
    }
  })
}
