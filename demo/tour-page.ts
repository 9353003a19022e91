/** The tour as text for a terminal. */
import { styleText } from 'node:util'
import type { Expectation, Tour, TourStep } from './tour.ts'

/** Styles a piece of text, or leaves it alone where no colour is wanted. */
export type Paint = (style: 'bold' | 'cyan' | 'dim' | 'green' | 'yellow', text: string) => string

/** Colours where standard output is a terminal that takes them: `styleText` honours NO_COLOR, FORCE_COLOR and pipes. */
export const terminalPaint: Paint = (style, text) => styleText(style, text, { stream: process.stdout })

/** Returns the page, ending in a line feed. */
export function renderTour({ steps, watch, change, revoke }: Tour, paint: Paint): string {
  const sections = [
    ...steps.map((step, index) => renderStep(step, index + 1, paint)),
    [
      paint('bold', '    See who calls with what, and what is refused and why: sign in as Sam, or ask at the terminal'),
      renderCommand(watch.console, paint),
      ...watch.commands.map((command) => renderCommand(command, paint)),
    ],
    [
      paint('bold', '    Stop a scope for everybody, see who did what and which tokens are about, and take it back'),
      ...revoke.map((command) => renderCommand(command, paint)),
    ],
    [
      paint('bold', '    Change the map and its policy tests, and publish: nothing is deployed, and the gate follows'),
      paint('bold', '    within a minute. What the tests do not expect, or do not cover, is not published'),
      ...change.map((command) => renderCommand(command, paint)),
    ],
  ]
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function renderStep({ title, before, command, expected }: TourStep, number: number, paint: Paint): readonly string[] {
  return [
    `${paint('dim', `${number}.`.padStart(3))} ${paint('bold', title)}`,
    ...(before === undefined ? [] : [renderCommand(before, paint)]),
    renderCommand(command, paint),
    `      ${renderExpectation(expected, paint)}`,
  ]
}

const renderCommand = (command: string, paint: Paint): string => `    ${paint('cyan', command)}`

/** What will stand in the answer: the status, the problem code, the parameters of the challenge. */
function renderExpectation({ status, code, challenge }: Expectation, paint: Paint): string {
  const parameters = Object.entries(challenge ?? {}).map(([name, value]) => `${name}="${value}"`)
  const parts = [paint(status < 400 ? 'green' : 'yellow', String(status)), code, ...parameters]
  return `→ ${parts.filter((part) => part !== undefined).join('  ')}`
}
