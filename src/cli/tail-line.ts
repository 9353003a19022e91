/** One decision as one line of the live tail. What a gate says is a stranger's text: every member is looked at before it is shown. */
import { paint, type Style, visible } from './terminal.ts'

const STYLES: Readonly<Record<string, Style>> = { allow: 'green', observe: 'yellow', deny: 'red' }

/** Widths of the columns; what is longer is cut, so that lines stay under each other whatever comes. */
const WIDTH = { outcome: 7, code: 24, rule: 48, client: 20, scopes: 32 } as const

type Event = Readonly<Record<string, unknown>>

export const TAIL_HEADER = (): string =>
  paint(
    'dim',
    [
      'time    ',
      fit('outcome', WIDTH.outcome),
      fit('why', WIDTH.code),
      fit('rule', WIDTH.rule),
      fit('client', WIDTH.client),
      fit('scopes', WIDTH.scopes),
      'decision',
    ].join('  '),
  )

export function tailLine(value: unknown): string {
  const event = Object(value) as Event
  const outcome = textOf(event.outcome)
  const [code = ''] = textsOf(event.codes)
  const cells = [
    paint('dim', fit(textOf(event.at).slice(11, 19), 8)),
    paint(STYLES[outcome] ?? 'dim', fit(outcome, WIDTH.outcome)),
    fit(code, WIDTH.code),
    fit(ruleOf(event), WIDTH.rule),
    fit(textOf(event.client) || '-', WIDTH.client),
    fit(scopesOf(event), WIDTH.scopes),
    paint('dim', visible(textOf(event.decision)).slice(0, 36)),
  ]
  return cells.join('  ')
}

/** Without its usual host the rule has room for its path. */
function ruleOf(event: Event): string {
  const rule = textOf(event.rule)
  if (rule !== '') return rule
  const place = `${textOf(event.method)} ${textOf(event.host)}${textOf(event.shape)}`.trim()
  return place === '' ? '-' : place
}

/** What was missing, or what let it in. */
function scopesOf(event: Event): string {
  const missing = textsOf(event.missing)
  if (missing.length > 0) return `missing ${missing.join(' ')}`
  return typeof event.by === 'string' ? event.by : textsOf(event.by).join(' ')
}

function fit(text: string, width: number): string {
  const shown = [...visible(text)]
  return shown.length > width ? `${shown.slice(0, width - 1).join('')}…` : shown.join('').padEnd(width)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
