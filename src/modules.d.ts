/** What `scopewall build` writes and wrangler bundles: the environment's trust anchors and the release that is there before KV is read. */
declare module 'scopewall:bundle' {
  export const environment: import('./policy/environment.ts').Environment
  export const release: { readonly digest: string; readonly serial: number; readonly text: string }
}

/** The part of the runtime's own module that is used; its published types are global and would clash with Node's in the tests. */
declare module 'cloudflare:workers' {
  import type { DurableObjectState, ExecutionContext } from '@cloudflare/workers-types'
  export abstract class WorkerEntrypoint<Env> {
    protected readonly ctx: ExecutionContext
    protected readonly env: Env
  }
  export abstract class DurableObject<Env = unknown> {
    constructor(ctx: DurableObjectState, env: Env)
    protected readonly ctx: DurableObjectState
    protected readonly env: Env
    alarm?(): Promise<void>
  }
}

/** The part of the runtime's cache storage that is used; Node has none. */
declare const caches: {
  open(name: string): Promise<{
    match(url: string): Promise<Response | undefined>
    put(url: string, response: Response): Promise<void>
  }>
}

/** The two ends of a WebSocket, and what answers messages without waking anybody. */
declare const WebSocketPair: new () => {
  readonly 0: import('@cloudflare/workers-types').WebSocket
  readonly 1: import('@cloudflare/workers-types').WebSocket
}
declare const WebSocketRequestResponsePair: new (
  request: string,
  response: string,
) => import('@cloudflare/workers-types').WebSocketRequestResponsePair
