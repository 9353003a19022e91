/** A network under the test's hand, shaped like `fetch`, that counts what it was asked. */
import type { Fetch } from '../../src/token/client-authentication.ts'
import type { SigningKey } from './static-issuer.ts'

export interface FakeNetwork {
  readonly fetch: Fetch
  /** What was sent with each call. */
  readonly inits: RequestInit[]
  readonly calls: string[]
  /** By address; a string is a body, a number an error status, an Error a connection that fails, a Response itself. */
  readonly answers: Map<string, unknown>
}

export function fakeNetwork(): FakeNetwork {
  const calls: string[] = []
  const inits: RequestInit[] = []
  const answers = new Map<string, unknown>()
  return {
    calls,
    inits,
    answers,
    fetch: async (url, init) => {
      calls.push(url)
      inits.push(init)
      const answer = answers.get(url)
      if (answer instanceof Error) throw answer
      if (answer instanceof Response) return afresh(answer)
      if (typeof answer === 'number') return new Response('{}', { status: answer })
      if (answer === undefined) return new Response('{}', { status: 404 })
      return new Response(typeof answer === 'string' ? answer : JSON.stringify(answer))
    },
  }
}

/** The same answer, which can be read and given up any number of times. */
async function afresh(answer: Response): Promise<Response> {
  const { status, headers } = answer
  return new Response(await answer.clone().arrayBuffer(), { status, headers })
}

export const keySetOf = (...keys: readonly SigningKey[]) => ({ keys: keys.map(({ publicJwk }) => publicJwk) })

/** `waitUntil` that lets a test wait for what was started in the background. */
export function background() {
  const work: Promise<unknown>[] = []
  return { waitUntil: (promise: Promise<unknown>) => void work.push(promise), settled: () => Promise.all(work) }
}
