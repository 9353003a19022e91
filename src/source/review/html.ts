/** The access review as one page: for a screen, and above all for paper. Nothing is loaded from anywhere and no script runs; a policy in its head keeps it so. */
import { escapedForJson, plainJson } from '../../policy/plain-json.ts'
import { html, type Markup, textOfMarkup, trusted } from '../catalogue/markup.ts'
import { durationText } from '../catalogue/phrase.ts'
import { changesSection, incidentsSection, ledgerSection } from './event-sections.ts'
import { DIGEST_PLACE, evidenceSection } from './evidence.ts'
import { code, dayText, numeral, prose, type Section, table, timeText } from './parts.ts'
import type { Review } from './review.ts'
import { exceptionsSection, reviewsSection, scopesSection } from './scope-sections.ts'
import { STYLE, STYLE_HASH } from './style.ts'
import { clientsSection, lifecycleSection } from './usage-sections.ts'

const POLICY = `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'`

/** Holds `DIGEST_PLACE` where its digest goes. Deterministic. */
export function renderReview(review: Review): string {
  const title = `Access review of ${review.environment}, ${dayText(review.window.from)} to ${dayText(review.window.to)}`
  const sections = sectionsOf(review)
  return textOfMarkup(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="scopewall-report-digest" content="${DIGEST_PLACE}">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
${titlePage(review)}<nav aria-labelledby="contents"><h2 id="contents">Contents</h2>
<ol>
${sections.map(({ anchor, title: name }) => html`<li><a href="#${anchor}">${name}</a></li>\n`)}</ol></nav>
<main>
${sections.map(sectionMarkup)}</main>
<script type="application/json" id="review">${trusted(dataBlock(review))}</script>
</body>
</html>
`)
}

/** JSON in which nothing ends the element, and nothing is invisible: escaped, it is the same JSON. */
const dataBlock = (review: Review): string => plainJson(review).replace(/[<>&]/g, escapedForJson)

const sectionsOf = (review: Review): readonly Section[] => [
  summarySection(review),
  scopesSection(review),
  reviewsSection(review),
  exceptionsSection(review),
  clientsSection(review),
  lifecycleSection(review),
  changesSection(review),
  ledgerSection(review),
  incidentsSection(review),
  signOffSection(review),
  evidenceSection(review),
]

/** Sections that begin a page. */
const PAGES: ReadonlySet<string> = new Set([
  'summary',
  'scopes',
  'exceptions',
  'clients',
  'changes',
  'sign-off',
  'evidence',
])

const sectionMarkup = (
  { anchor, title, purpose, body }: Section,
  index: number,
): Markup => html`<section${PAGES.has(anchor) ? trusted(' class="page"') : undefined} aria-labelledby="${anchor}">
<h2 id="${anchor}">${index + 1}. ${title}</h2>
<p class="soft">${prose(purpose)}</p>
${body}</section>
`

function titlePage(review: Review): Markup {
  const { environment, resource, window, release, workingTree, generatedAt, generatedBy, lacks } = review
  const lacking = lacks.map(({ section, why }) => html`<li>${section}: ${prose(why)}</li>\n`)
  return html`<header class="title">
<p class="kind">Access review</p>
<h1>Who may call what, and who does: ${environment}</h1>
<p class="for">${resource}</p>
<dl class="facts">
<dt>Period</dt><dd>${timeText(window.from)} to ${timeText(window.to)}</dd>
<dt>Scope map</dt><dd>${release.from === 'kv' ? 'the live release' : 'the working tree, which need not be what is live'}${release.serial === undefined ? undefined : html`, serial ${release.serial}`}${release.publishedAt === undefined ? undefined : html`, published ${timeText(release.publishedAt)}`}</dd>
<dt>Release (SHA-256)</dt><dd>${code(release.digest)}</dd>
<dt>Working tree</dt><dd>${release.digest === workingTree.digest ? 'the same map' : html`another map: ${code(workingTree.digest)}`}${workingTree.commit === undefined ? undefined : html`, commit ${code(workingTree.commit)}`}</dd>
<dt>Made</dt><dd>${timeText(generatedAt)} by ${generatedBy}, with Scopewall</dd>
<dt>Digest of this file</dt><dd>${code(DIGEST_PLACE)}</dd>
</dl>
<p><strong>Covered:</strong> every scope and route of the release above, the exceptions of the map and of this environment, and what the gate recorded of this environment in the period.</p>
<p><strong>Not covered:</strong> who is granted which scope at the authorization server, what happens behind the gate, requests that do not pass it, and other environments.</p>
${lacking.length === 0 ? undefined : html`<div class="lack"><strong>This report is not complete.</strong>\n<ul class="plain">\n${lacking}</ul></div>\n`}</header>
`
}

const summarySection = ({ figures, issuers }: Review): Section => ({
  anchor: 'summary',
  title: 'Summary',
  purpose: 'The figures of the sections that follow; a dash where nobody knows.',
  body: html`<ul class="figures">
${figures.map(({ name, value, isAlarming }) => html`<li${isAlarming && trusted(' class="alarm"')}><b>${value === null ? '–' : numeral(value)}</b><span>${name}</span></li>\n`)}</ul>
<h3>Whose tokens are accepted</h3>
${table(
  [{ title: 'Issuer', kind: 'wide' }, { title: 'Algorithms' }, { title: 'Longest life of a token' }],
  issuers.map(({ issuer, algorithms, maxLifetimeSeconds }) => [
    code(issuer),
    algorithms.join(', '),
    maxLifetimeSeconds === undefined ? 'not limited here' : durationText(maxLifetimeSeconds),
  ]),
  'None.',
)}`,
})

/** To be filled in by hand: one line an owner, and one for whoever is responsible for the whole. */
const signOffSection = ({ owners }: Review): Section => ({
  anchor: 'sign-off',
  title: 'Sign-off',
  purpose: 'Each owner confirms the scopes above, or says what is to change; the reviewer confirms the whole.',
  body: html`<table class="sign">
<thead><tr><th scope="col">Owner</th><th scope="col">Scopes</th><th scope="col">Decision: keep, change, remove</th><th scope="col">Name and signature</th><th scope="col">Date</th></tr></thead>
<tbody>
${[
  ...owners.map(({ owner, scopes }) => ({ owner, count: String(scopes.length) })),
  { owner: 'Reviewer, for the whole', count: '' },
].map(
  ({ owner, count }) => html`<tr><th scope="row">${owner}</th><td>${count}</td><td></td><td></td><td></td></tr>\n`,
)}</tbody></table>
`,
})
