/** The catalogue as one static page: nothing is loaded from anywhere, and a policy in its head keeps it so. */
import type { Access, Catalogue, CatalogueScope, CatalogueService } from './catalogue.ts'
import { html, type Markup, textOfMarkup, trusted } from './markup.ts'
import type { Phrase } from './phrase.ts'
import type { OpenRoute, RouteName, RouteUse } from './routes.ts'
import { SCRIPT, SCRIPT_HASH } from './script.ts'
import { STYLE, STYLE_HASH } from './style.ts'
import {
  anchorOf,
  capitalized,
  deprecationPhrase,
  INTRODUCTION,
  indirectTitle,
  joinPhrases,
  LEGEND,
  openPhrase,
  relationPhrases,
  SENSITIVITY_WORDS,
  scopesPhrase,
} from './words.ts'

/** Only this page's own style and script run in it. */
const POLICY = `default-src 'none'; style-src '${STYLE_HASH}'; script-src '${SCRIPT_HASH}'; base-uri 'none'; form-action 'none'`

export function renderHtml(catalogue: Catalogue): string {
  const { title, access, services, hosts } = catalogue
  const isOneHost = hosts.length < 2
  return textOfMarkup(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#scopes">Skip to the scopes</a>
<header class="top">
<h1>${title}</h1>
<div class="lead">
${INTRODUCTION.map((each) => html`<p>${phrase(each)}</p>\n`)}</div>
${access && accessFacts(access)}</header>
<div class="page">
<nav aria-label="Services and scopes">
<search hidden><label for="filter">Filter</label><input id="filter" type="search" autocomplete="off" spellcheck="false" placeholder="Name, path, owner">
<p id="count" role="status"></p></search>
<ul class="services">
${services.map(navigation)}</ul>
</nav>
<main id="scopes">
${services.map((service) => renderService(service, isOneHost))}</main>
</div>
<footer>
<p>${phrase(LEGEND)}</p>
<p>Made by Scopewall from release <code>${catalogue.digest.slice(0, 12)}</code>. The gate judges by the same release.</p>
</footer>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`)
}

const accessFacts = ({ environment, resource, issuers }: Access): Markup => html`<dl class="facts">
<div><dt>Environment</dt><dd>${environment}</dd></div>
<div><dt>Resource to ask tokens for</dt><dd><code>${resource}</code></dd></div>
<div><dt>Tokens come from</dt><dd>${issuers.map((issuer) => html`<code>${issuer}</code> `)}</dd></div>
</dl>
`

const navigation = ({
  name,
  scopes,
}: CatalogueService): Markup => html`<li><a href="#${anchorOf('service', name)}">${name}</a>
<ul>
${scopes.map(
  (
    scope,
  ) => html`<li><a href="#${anchorOf('scope', scope.name)}" data-scope="${anchorOf('scope', scope.name)}"${scope.deprecated && trusted(' class="deprecated"')}>${breakable(scope.name)}</a></li>
`,
)}</ul></li>
`

function renderService(
  { name, description, owner, resource, scopes, open }: CatalogueService,
  isOneHost: boolean,
): Markup {
  const anchor = anchorOf('service', name)
  return html`<section class="service" aria-labelledby="${anchor}">
<h2 id="${anchor}">${name}</h2>
<p class="description">${description}</p>
<p class="owner">Answered for by <strong>${owner}</strong>${resource === undefined ? undefined : html`. A resource of its own: ask tokens for <code>${resource}</code>`}.</p>
${scopes.map((scope) => renderScope(scope, isOneHost))}${open.length === 0 ? undefined : openTable(name, open, isOneHost)}</section>
`
}

function renderScope(scope: CatalogueScope, isOneHost: boolean): Markup {
  const { name, reason, owner, sensitivity, since, deprecated, needs } = scope
  const anchor = anchorOf('scope', name)
  return html`<article class="scope${deprecated && ' leaving'}" id="${anchor}" aria-labelledby="${anchor}-name">
<header>
<h3 id="${anchor}-name"><a href="#${anchor}">${breakable(name)}</a></h3>
${deprecated && html`<span class="badge leaving">Deprecated</span>\n`}<span class="badge ${sensitivity}">${capitalized(sensitivity)} sensitivity</span>
</header>
<p class="reason">${reason}</p>
${deprecated && html`<p class="notice leaving">${phrase(deprecationPhrase(deprecated))}</p>\n`}${needs.length === 0 ? undefined : html`<p class="notice needs"><strong>Wherever it lets a request in,</strong> it takes ${phrase(joinPhrases(needs, ', and '))}.</p>\n`}<dl class="facts">
<div><dt>Owner</dt><dd>${owner}</dd></div>
<div><dt>Misuse</dt><dd>${capitalized(SENSITIVITY_WORDS[sensitivity])}</dd></div>
${since === undefined ? undefined : html`<div><dt>Since</dt><dd><time datetime="${since}">${since}</time></dd></div>\n`}</dl>
${relationPhrases(scope).map((each) => html`<p class="relation">${phrase(each)}</p>\n`)}${routesOf(scope, isOneHost)}</article>
`
}

function routesOf({ name, direct, indirect }: CatalogueScope, isOneHost: boolean): Markup {
  if (direct.length === 0 && indirect.length === 0) return html`<p class="none">No route needs it at present.</p>\n`
  return html`${direct.length === 0 ? undefined : useTable(`Routes that ask for ${name}`, direct, isOneHost)}${
    indirect.length === 0
      ? undefined
      : html`<details><summary>${indirectTitle(direct.length, indirect.length)}</summary>
${useTable(`Routes that ${name} opens through what it contains`, indirect, isOneHost)}</details>
`
  }`
}

function useTable(label: string, uses: readonly RouteUse[], isOneHost: boolean): Markup {
  const asksMore = uses.some(({ needs, isWebSocket }) => needs.length > 0 || isWebSocket)
  const rows = uses.map(
    (
      use,
    ) => html`<tr>${routeCells(use, isOneHost)}<td>${phrase(scopesPhrase(use))}</td>${asksMore ? html`<td>${needsOf(use)}</td>` : undefined}</tr>
`,
  )
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr><th scope="col">Method</th><th scope="col" class="path">Path</th><th scope="col">Opens</th>${asksMore ? html`<th scope="col">It also takes</th>` : undefined}</tr></thead>
<tbody>
${rows}</tbody></table></div>
`
}

const needsOf = ({ needs, isWebSocket }: RouteUse): Markup =>
  html`${phrase(joinPhrases(needs, ', and '))}${isWebSocket ? html` <span class="tag">WebSocket</span>` : undefined}`

const openTable = (
  service: string,
  routes: readonly OpenRoute[],
  isOneHost: boolean,
): Markup => html`<section class="open">
<h3>Routes without a scope</h3>
<div class="scroll" role="region" aria-label="Routes of ${service} without a scope" tabindex="0"><table>
<thead><tr><th scope="col">Method</th><th scope="col" class="path">Path</th><th scope="col">Takes</th><th scope="col">Why</th></tr></thead>
<tbody>
${routes.map(
  (route) => html`<tr>${routeCells(route, isOneHost)}<td>${phrase(openPhrase(route))}</td><td>${route.reason}</td></tr>
`,
)}</tbody></table></div>
</section>
`

const routeCells = ({ method, path, hosts }: RouteName, isOneHost: boolean): Markup =>
  html`<td><span class="method ${method.toLowerCase()}">${method}</span></td><th scope="row">${isOneHost ? undefined : html`<span class="host">${hosts.join(', ')}</span>`}<code>${breakable(path)}</code></th>`

function phrase(parts: Phrase): readonly Markup[] {
  return parts.map((part) => {
    if (typeof part === 'string') return html`${part}`
    if ('code' in part) return html`<code>${part.code}</code>`
    if ('scope' in part)
      return html`<a class="name" href="#${anchorOf('scope', part.scope)}"><code>${part.scope}</code></a>`
    return part.link.startsWith('https://')
      ? html`<a href="${part.link}" rel="noreferrer">${part.text}</a>`
      : html`${part.link}`
  })
}

/** May break after what joins the parts of a name, where the page is narrow. */
const breakable = (name: string): readonly Markup[] =>
  name.split(/(?<=[:/.])/).map((part, index) => (index === 0 ? html`${part}` : html`<wbr>${part}`))
