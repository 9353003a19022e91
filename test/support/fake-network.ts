/** A network under the test's hand, shaped like `fetch`, that counts what it was asked. */
import type { FetchDocument } from '../../src/token/discovery.ts'
import type { SigningKey } from './static-issuer.ts'

export interface FakeNetwork {
  readonly fetch: FetchDocument
  readonly calls: string[]
  /** By address; a string is a body, a number an error status, an Error a connection that fails. */
  readonly answers: Map<string, unknown>
}

export function fakeNetwork(): FakeNetwork {
  const calls: string[] = []
  const answers = new Map<string, unknown>()
  return {
    calls,
    answers,
    fetch: async (url) => {
      calls.push(url)
      const answer = answers.get(url)
      if (answer instanceof Error) throw answer
      if (typeof answer === 'number') return new Response('{}', { status: answer })
      if (answer === undefined) return new Response('{}', { status: 404 })
      return new Response(typeof answer === 'string' ? answer : JSON.stringify(answer))
    },
  }
}

export const keySetOf = (...keys: readonly SigningKey[]) => ({ keys: keys.map(({ publicJwk }) => publicJwk) })

/** `waitUntil` that lets a test wait for what was started in the background. */
export function background() {
  const work: Promise<unknown>[] = []
  return { waitUntil: (promise: Promise<unknown>) => void work.push(promise), settled: () => Promise.all(work) }
}
