/** The addresses by which people and tools read and feed the log. */
import type { Door } from '../gateway/app.ts'
import { adminDoor } from './app.ts'
import type { AdminParts } from './parts.ts'
import { selfDoor } from './self.ts'
import { tailDoor } from './tail.ts'

export const createAdminDoors = (parts: AdminParts): readonly Door[] => [
  adminDoor(parts),
  // A holder of a token is not told that it was burnt where nothing can be.
  ...(parts.log === undefined ? [] : [selfDoor(parts)]),
  ...(parts.tail === undefined ? [] : [tailDoor(parts.tail)]),
]
