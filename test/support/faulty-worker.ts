/**
 * The Worker with faults around it: whoever runs it is asked before each delivery, each use of D1 and each call of a Durable Object what shall become of it.
 * Nothing of the Worker itself is changed; it sees the bindings of its `env` and the messages of its batches through these.
 */
import type {
  D1Database,
  D1PreparedStatement,
  ExecutionContext,
  Fetcher,
  Message,
  MessageBatch,
} from '@cloudflare/workers-types'
import whole from '../../src/worker.ts'

export * from '../../src/worker.ts'

type Env = Readonly<Record<string, unknown>> & { readonly FAULTS: Fetcher }

/** What the Worker may export besides `fetch`. */
interface Handlers {
  fetch(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response>
  queue?(batch: MessageBatch, env: Env, context: ExecutionContext): Promise<void>
  scheduled?(event: unknown, env: Env, context: ExecutionContext): Promise<void>
}

const worker: Handlers = whole as object as Handlers

/** The Worker wires itself with the first `env` that it sees, so there is one of each. */
let wrapped: Env | undefined

const around = (env: Env): Env => {
  wrapped ??= {
    ...env,
    ...(env.USAGE !== undefined && { USAGE: faultyDatabase(env.USAGE as D1Database, env) }),
    ...(env.ANALYTICS !== undefined && { ANALYTICS: { writeDataPoint } }),
    ...Object.fromEntries(
      ['INCIDENTS', 'TAIL'].flatMap((name) => (name in env ? [[name, faultyObjects(name, env)]] : [])),
    ),
  }
  return wrapped
}

export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) => worker.fetch(request, around(env), context),
  queue: async (batch: MessageBatch, env: Env, context: ExecutionContext) => {
    const bodies = batch.messages.map(({ body }) => body)
    const fate = await ask(env, { kind: 'delivery', messages: batch.messages.length, bodies })
    const run = (unacknowledged: boolean) => worker.queue?.(batchOf(batch, unacknowledged), around(env), context)
    if (fate === 'crash-before') throw new Error('crashed before the delivery was looked at')
    if (fate === 'twice') await run(true)
    if (fate === 'twice-at-once') await Promise.all([run(true), run(false)])
    else await run(fate === 'crash-after')
    if (fate === 'crash-after') throw new Error('crashed before the delivery was acknowledged')
  },
  scheduled: async (event: unknown, env: Env, context: ExecutionContext) =>
    worker.scheduled?.(event, around(env), context),
}

async function ask(env: Env, question: object): Promise<string> {
  const answer = await env.FAULTS.fetch('http://faults/', { method: 'POST', body: JSON.stringify(question) })
  return answer.text()
}

/** The same messages; they are tried again at once, whatever delay is asked for, and in a delivery whose acknowledgements are lost nothing is said of them. */
function batchOf(batch: MessageBatch, unacknowledged: boolean): MessageBatch {
  const messages = batch.messages.map(
    (message): Message => ({
      id: message.id,
      timestamp: message.timestamp,
      body: message.body,
      attempts: message.attempts,
      ack: () => (unacknowledged ? undefined : message.ack()),
      retry: () => (unacknowledged ? undefined : message.retry()),
    }),
  )
  return {
    queue: batch.queue,
    messages,
    metadata: batch.metadata,
    ackAll: () => messages.forEach((message) => void message.ack()),
    retryAll: () => messages.forEach((message) => void message.retry()),
  }
}

/** Runs it or not, and fails or not, as it was answered: `fail-after` is a connection that broke once all was done. */
async function faulty<T>(env: Env, question: object, run: () => Promise<T>): Promise<T> {
  const fate = await ask(env, question)
  if (fate === 'fail') throw new Error('not reachable')
  const result = await run()
  if (fate === 'fail-after') throw new Error('the connection was lost')
  return result
}

function faultyDatabase(database: D1Database, env: Env): object {
  const originals = new WeakMap<object, D1PreparedStatement>()
  const statement = (original: D1PreparedStatement): object => {
    const run =
      (operation: 'run' | 'all' | 'first' | 'raw') =>
      (...given: unknown[]) =>
        faulty(env, { kind: 'database', operation }, async () => Reflect.apply(original[operation], original, given))
    const wrapper = {
      bind: (...values: unknown[]) => statement(original.bind(...values)),
      run: run('run'),
      all: run('all'),
      first: run('first'),
      raw: run('raw'),
    }
    originals.set(wrapper, original)
    return wrapper
  }
  const wrapper = {
    prepare: (query: string) => statement(database.prepare(query)),
    batch: (statements: readonly object[]) =>
      faulty(env, { kind: 'database', operation: 'batch' }, () =>
        database.batch(statements.flatMap((wrapper) => originals.get(wrapper) ?? [])),
      ),
    withSession: () => wrapper,
  }
  return wrapper
}

/** A namespace whose stubs ask before every call. */
function faultyObjects(binding: string, env: Env): object {
  return new Proxy(env[binding] as object, {
    get(namespace, name) {
      const value: unknown = Reflect.get(namespace, name)
      if (typeof value !== 'function') return value
      if (name !== 'get' && name !== 'getByName') return value.bind(namespace)
      return (...given: unknown[]) => faultyStub(binding, Reflect.apply(value, namespace, given) as object, env)
    },
  })
}

const faultyStub = (binding: string, stub: object, env: Env): object =>
  new Proxy(stub, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) =>
        faulty(env, { kind: 'object', binding, method: String(name) }, async () => Reflect.apply(value, target, given))
    },
  })

/** Locally Analytics Engine keeps nothing: what it is given becomes a line of the log. */
const writeDataPoint = (point: object): void => console.log(JSON.stringify({ analytics: point }))
