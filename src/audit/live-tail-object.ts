/** Shows what is decided to whoever watches: one Durable Object an environment. Nothing is judged by it, and no request waits for it. */
import { DurableObject } from 'cloudflare:workers'

/** Bound as a namespace with SQLite storage. Only the Worker itself can call it. */
export class LiveTail extends DurableObject {}
