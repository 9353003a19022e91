/** Makes incidents of what is put on record and keeps them: one SQLite Durable Object an environment. No request waits for it. */
import { DurableObject } from 'cloudflare:workers'

/** Bound as a namespace with SQLite storage. Only the Worker itself can call it. */
export class IncidentDesk extends DurableObject {}
