/** The page's only script: a filter, and printing what is folded. Without it the page lacks nothing else. */

export const SCRIPT = `
const field = document.getElementById('filter')
const count = document.getElementById('count')
const scopes = [...document.querySelectorAll('article.scope')]
const links = new Map([...document.querySelectorAll('nav a[data-scope]')].map((a) => [a.dataset.scope, a.parentElement]))
function apply() {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean)
  let shown = 0
  for (const scope of scopes) {
    const text = scope.textContent.toLowerCase()
    scope.hidden = !words.every((word) => text.includes(word))
    const link = links.get(scope.id)
    if (link) link.hidden = scope.hidden
    if (!scope.hidden) shown++
  }
  for (const section of document.querySelectorAll('section.service'))
    section.classList.toggle('filtered', words.length > 0 && !section.querySelector('article.scope:not([hidden])'))
  count.textContent = words.length === 0 ? '' : shown + ' of ' + scopes.length + ' scopes'
}
field.addEventListener('input', apply)
field.closest('search').hidden = false
addEventListener('hashchange', () => {
  const target = document.getElementById(location.hash.slice(1))
  if (!target || !target.closest('[hidden], .filtered')) return
  field.value = ''
  apply()
  target.scrollIntoView()
})
addEventListener('beforeprint', () => {
  for (const each of document.querySelectorAll('details')) each.open = true
})
`

/** For the page's Content-Security-Policy; a test holds it against the text. */
export const SCRIPT_HASH = 'sha256-ktSb1VE7ro/Oa0vHJOBchEIx9mWGItsbximgbxPfD3s='
