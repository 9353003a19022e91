/** Questions to whoever sits at the terminal. Where nobody does, what is missing is an error that names the option. */
import { createInterface } from 'node:readline/promises'
import { EXIT, Stop } from './exit.ts'

export interface Question {
  /** `who answers for it, such as team-billing`. */
  readonly text: string
  /** The option that answers it. */
  readonly option: string
  /** Taken where nothing is typed. */
  readonly suggestion?: string
  /** Why an answer is none; undefined where it is one. */
  readonly fault?: (answer: string) => string | undefined
}

/** Whether there is somebody to ask. */
export const isTerminal = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/** What is typed, as it is. Whoever leaves at a question has changed nothing: every question comes before the first write. */
export async function askAtTerminal(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question(question)
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError')
      throw new Stop(EXIT.couldNotRun, 'cancelled: nothing was changed')
    throw error
  } finally {
    terminal.close()
  }
}

/** The given answer if there is one; otherwise asks until the answer is one. */
export async function answerTo(question: Question, given: string | undefined): Promise<string> {
  const { text, option, suggestion, fault } = question
  if (given !== undefined) {
    const problem = fault?.(given)
    if (problem !== undefined) throw new Stop(EXIT.usage, `\`${option} ${given}\`: ${problem}`)
    return given
  }
  if (!isTerminal()) throw new Stop(EXIT.usage, `nobody is here to ask: ${text}`, `say it with \`${option}\``)
  for (;;) {
    const typed = (await askAtTerminal(`${text}${suggestion ? ` [${suggestion}]` : ''}: `)).trim()
    const answer = typed === '' ? suggestion : typed
    const problem = answer === undefined ? 'an answer is needed' : fault?.(answer)
    if (answer !== undefined && problem === undefined) return answer
    process.stderr.write(`  ${problem}\n`)
  }
}
