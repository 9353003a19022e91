/** A public route whose path names somebody's thing: whoever can guess the name sees it. */
import { type Finding, quoted } from '../diagnostic.ts'
import { type DeclaredRule, ruleId } from '../model.ts'
import type { WholeLint } from './lint.ts'
import { wordsOf } from './words.ts'

/** Parameters that choose among what everybody may see: a language, a page of the manual, a file of the site. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...['lang', 'language', 'locale', 'country', 'region', 'currency', 'timezone', 'version', 'format', 'extension'],
  ...['slug', 'page', 'section', 'chapter', 'topic', 'category', 'tag', 'theme', 'asset', 'assets', 'file', 'filename'],
  ...['path', 'rest', 'name', 'size', 'width', 'height', 'year', 'month', 'day', 'date', 'schema', 'wildcard', 'any'],
])

export const publicIdentifier: WholeLint = {
  rule: 'public-identifier',
  find: ({ rules }) => rules.filter(({ requirement }) => requirement.kind === 'public').flatMap(check),
}

function check(rule: DeclaredRule): readonly Finding[] {
  const parameter = rule.template.segments.find(
    (segment) => segment.kind !== 'literal' && !HARMLESS.has(wordsOf(segment.name).at(-1) ?? ''),
  )
  if (parameter === undefined || parameter.kind === 'literal') return []
  return [
    {
      at: rule.at,
      subject: ruleId(rule),
      message: `${quoted(ruleId(rule))} is public, and takes the identifier ${quoted(parameter.name)} from whoever asks`,
      help: 'require a scope; where the identifier is no secret and what it names is for everybody, make it an exception',
    },
  ]
}
