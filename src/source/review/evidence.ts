/** The appendix: what the review rests on, and how whoever doubts it checks each piece anew. */
import { html, type Markup } from '../catalogue/markup.ts'
import { releaseTable } from './event-sections.ts'
import type { HistoryFacts, LedgerFacts } from './facts.ts'
import { code, mark, numeral, type Section, table, told } from './parts.ts'
import { missingSerials, type Review } from './review.ts'

/** Stands where the file's own digest will be, and while that is computed. */
export const DIGEST_PLACE = '0'.repeat(64)

export const evidenceSection = (review: Review): Section => ({
  anchor: 'evidence',
  title: 'Evidence',
  purpose: 'What this report was made from, and how to check each piece again without believing the report.',
  body: html`<h3>This file</h3>
<p>Its digest is <code>${DIGEST_PLACE}</code>: the SHA-256 of the file with these 64 digits replaced by zeros, wherever they stand in it. Whoever noted it elsewhere, such as in the ticket of the review, notices any change. The
digest alone shows damage, not forgery: who changes the file can compute it anew.</p>
<h3>The history of releases</h3>
${told(review.history, historyText)}<h3>The revocation log</h3>
${told(review.ledger, ledgerText)}<h3>Inputs</h3>
${table(
  [{ title: 'Input', kind: 'wide' }, { title: 'SHA-256' }],
  review.inputs.map(({ name, sha256 }) => [name, code(sha256)]),
  'None.',
)}<h3>Checking again</h3>
${commands(review).map(({ why, command }) => html`<p>${why}</p>\n<pre>${command}</pre>\n`)}`,
})

function historyText(history: HistoryFacts): Markup {
  const { releases, damaged, isSigned } = history
  const missing = missingSerials(history)
  const doubted = releases.filter(({ signature }) => signature !== 'verified' && signature !== 'unsigned')
  const flaw = (count: number, text: string) =>
    count === 0 ? undefined : html`<p>${mark('alarm', numeral(count))} ${text}</p>\n`
  return html`<p>${isSigned ? 'Each entry is signed, and was checked here against the keys of the environment.' : 'Entries are not signed in this environment: whoever can write KV could have written them.'} ${releases.length === 0 ? 'There is none.' : html`${numeral(releases.length)} entries, the last with serial ${numeral(releases.at(-1)?.serial ?? 0)}.`}</p>
${flaw(doubted.length, 'entries are not believed; the table says why.')}${flaw(damaged.length, `entries cannot be read: ${damaged.join(', ')}`)}${
  missing.length === 0
    ? html`<p>${mark('good', 'no gaps')} Every serial up to the last is there.</p>\n`
    : flaw(missing.length, `serials are not there: ${missing.join(', ')}`)
}${releaseTable(releases.toReversed())}`
}

function ledgerText({ head, entries, cutOff, broken }: LedgerFacts): Markup {
  const from = cutOff === 0 ? 'from its first entry' : `from entry ${cutOff + 1}; what was before has been cut off`
  const verdict =
    broken === undefined
      ? html`${mark('good', 'intact')} The hash chain was followed ${from} to the head: ${numeral(entries)} entries, and nothing was changed, left out or put in between.`
      : html`${mark('alarm', 'broken')} At entry ${broken.entry}: ${broken.why}. What this report says of revocations cannot be relied upon.`
  return html`<p>${verdict}</p>
<p>Head: <code>${head}</code></p>
`
}

/** What a reader types, in a checkout of the map and with an access token where the log or the counts are asked. */
function commands(review: Review): readonly { readonly why: string; readonly command: string }[] {
  const { options, release, workingTree, ledger, changes, window } = review
  const line = (text: string) => `npm run -s scopewall -- ${text}`
  const between = changes.ok && changes.value.before !== undefined ? changes.value : undefined
  return [
    { why: 'That this file is what was written:', command: line('report verify <this file> --expect <digest>') },
    {
      why: 'The same without Scopewall:',
      command: `sed "s/<digest>/$(printf '0%.0s' $(seq 64))/g" <this file> | sha256sum`,
    },
    {
      why: 'Which releases there are, by whom, and whether their signatures hold:',
      command: line(`history ${options}`),
    },
    ...(workingTree.commit === undefined
      ? []
      : [
          {
            why: 'That what is live is the map of the commit:',
            command: line(
              `diff git:${workingTree.commit.replace(/-dirty$/, '')} ${release.serial === undefined ? 'working-tree' : `kv:${release.serial}`} ${options}`,
            ),
          },
        ]),
    ...(between?.before === undefined
      ? []
      : [
          {
            why: 'What changed in the window:',
            command: line(`diff kv:${between.before.serial} kv:${between.after.serial} ${options}`),
          },
        ]),
    ...(ledger.ok
      ? [
          {
            why: 'That the revocation log still continues the one that this report has seen:',
            command: line(`audit verify ${options} --head ${ledger.value.head}`),
          },
        ]
      : []),
    {
      why: 'That exceptions and trust are those of the map in version control:',
      command: `${line('check --strict')}\nsha256sum scopes/*.yaml`,
    },
    {
      why: 'The whole report once more; counts of past days do not change:',
      command: line(`report ${options} --since ${window.from} --until ${window.to} --json`),
    },
  ]
}
