/** Every command that a document shows is one that exists, with arguments and options that it has. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { declareCommands } from '../../src/cli/declare-commands.ts'
import { createProgram } from '../../src/cli/program.ts'

const ROOT = new URL('../../', import.meta.url)
const PAGES = [
  'README.md',
  'SECURITY.md',
  'ARCHITECTURE.md',
  ...readdirSync(new URL('docs/', ROOT))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'docs/pipelines/github.yml',
  'docs/pipelines/gitlab.yml',
]

const program = createProgram()
declareCommands(program)

/** Up to what the shell takes for itself, the end of the code, or a comment; what is quoted is one word. */
const CALL =
  /(?:npx scopewall|\$ scopewall|`scopewall|^ {4}scopewall|run (?:-s |--silent )?scopewall --) ((?:'[^']*'|"[^"]*"|<[a-z]+>|[^`|>;\n#'"])+)/gm
/** A place for any command, and the first line of what is signed. */
const NO_COMMANDS = new Set(['<command>', 'release'])
const WORD = /'[^']*'|"[^"]*"|\S+/g

const callsIn = (text: string): readonly (readonly string[])[] =>
  [...text.replaceAll('\\\n', ' ').matchAll(CALL)]
    .map(([, words = '']) => words.match(WORD) ?? [])
    .filter(([name]) => !NO_COMMANDS.has(name ?? ''))

/** A group that has a `write` means it where nothing else is named. */
const spelledOut = (words: readonly string[], { commands }: Command): readonly string[] =>
  commands.some((each) => each.name() === 'write') && !/^[a-z]/.test(words[0] ?? '') ? ['write', ...words] : words

/** What commander would say no to. Names in capitals and in brackets stand for something. */
function faultsOf([name = '', ...words]: readonly string[], commands: readonly Command[]): readonly string[] {
  const command = commands.find((each) => each.name() === name)
  if (command === undefined) return [`there is no command ${name}`]
  if (command.commands.length > 0) return faultsOf(spelledOut(words, command), command.commands)
  const unknown = words
    .filter((word) => /^--[a-z]/.test(word))
    .filter((word) => !['--help', ...command.options.map(({ long }) => long)].includes(word))
    .map((word) => `${command.name()} has no ${word}`)
  return [...unknown, ...command.options.flatMap((option) => choiceFault(option, words))]
}

function choiceFault({ long, argChoices }: Command['options'][number], words: readonly string[]): readonly string[] {
  const value = words[words.indexOf(long ?? '') + 1]
  if (argChoices === undefined || !words.includes(long ?? '') || value === undefined) return []
  return argChoices.includes(value) ? [] : [`${long} cannot be ${value}`]
}

test.each(PAGES)('%s', (page) => {
  const calls = callsIn(readFileSync(new URL(page, ROOT), 'utf8'))
  const faults = calls.flatMap((call) => faultsOf(call, program.commands).map((fault) => `${fault}: ${call.join(' ')}`))
  expect(faults).toEqual([])
})

test('the reference of commands has a row for each', () => {
  const text = readFileSync(new URL('docs/cli.md', ROOT), 'utf8')
  const all = program.commands.flatMap((command) =>
    command.commands.length === 0
      ? [command.name()]
      : command.commands.map((each) => `${command.name()} ${each.name()}`),
  )
  expect(all.filter((name) => !new RegExp(`^\\| \`${name}[ \`]`, 'm').test(text))).toEqual([])
})

test('options that several commands have take the same thing', () => {
  const leaves = program.commands.flatMap((each) => (each.commands.length > 0 ? each.commands : [each]))
  const kinds = new Map<string, Set<string>>()
  for (const { options } of leaves)
    for (const { long, flags } of options) {
      const takes = /[<[]([a-z-]+?)s?[.>\]]/.exec(flags)?.[1] ?? 'nothing'
      kinds.set(long ?? '', (kinds.get(long ?? '') ?? new Set()).add(takes))
    }
  const unlike = [...kinds]
    .filter(([, each]) => each.size > 1)
    .map(([name, each]) => `${name}: ${[...each].join(', ')}`)
  expect(unlike).toEqual([])
})

test('what is no command is found', () => {
  const faults = (text: string) => callsIn(text).flatMap((call) => faultsOf(call, program.commands))
  expect(faults('npx scopewall chekc')).toEqual(['there is no command chekc'])
  expect(faults('`scopewall export catalog`')).toEqual(['there is no command catalog'])
  expect(faults('npm run scopewall -- check --stric')).toEqual(['check has no --stric'])
  expect(faults('    scopewall check --format sarf')).toEqual(['--format cannot be sarf'])
})
