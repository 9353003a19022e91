/** The page's style: light and dark, narrow and wide, screen and paper. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #16202e; --soft: #4e5b6e; --faint: #67748a; --line: #dfe4ec; --paper: #fff; --wash: #f5f7fa; --band: #0f1b2d;
  --accent: #1d4fd7; --focus: #1d4fd7;
  --low: #14603a; --low-wash: #e2f5ea; --medium: #7a4a06; --medium-wash: #fdf1d3; --high: #98350b; --high-wash: #fde8dc;
  --critical: #99171f; --critical-wash: #fde5e6; --leaving: #5b2a86; --leaving-wash: #f3e9fb; --needs: #1f4c7c; --needs-wash: #e8f1fb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6ebf3; --soft: #aab5c6; --faint: #8f9bb0; --line: #2a3648; --paper: #111a27; --wash: #182333; --band: #0a111c;
    --accent: #8fb4ff; --focus: #8fb4ff;
    --low: #7fdca6; --low-wash: #12321f; --medium: #f2c56b; --medium-wash: #3a2a0a; --high: #ffae85; --high-wash: #42200e;
    --critical: #ff9aa0; --critical-wash: #45161a; --leaving: #d9b3f7; --leaving-wash: #331b47; --needs: #9ccbff; --needs-wash: #12294a;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1.5rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
code, h3 a, .services ul a, .method { font-family: ui-monospace, SFMono-Regular, "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .92em; }
code { overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: 1px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
[hidden] { display: none !important; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .6rem 1rem; background: var(--paper); z-index: 1; }
.top { background: var(--band); color: #e9eef7; padding: 3rem max(1.5rem, calc((100% - 76rem) / 2)) 2.5rem; --focus: #fff; }
.top h1 { margin: 0 0 1rem; font-size: clamp(1.6rem, 1.2rem + 2vw, 2.4rem); line-height: 1.2; letter-spacing: -.02em; overflow-wrap: anywhere; }
.top .lead { max-width: 48rem; color: #c3cddd; }
.top p { margin: 0 0 .75rem; }
.top code { color: #fff; }
.top .facts { margin-top: 1.75rem; border-top: 1px solid #2c3b53; padding-top: 1.25rem; }
.top .facts dt { color: #9fb0c9; }
.page { display: grid; grid-template-columns: 16rem minmax(0, 1fr); gap: 3.5rem; max-width: 79rem; margin: 0 auto; padding: 0 1.5rem; }
nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 2rem .5rem 2rem 3px; font-size: .94rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .2rem 0; color: var(--soft); text-decoration: none; overflow-wrap: anywhere; }
nav a:hover { color: var(--accent); text-decoration: underline; }
.services > li { margin-bottom: 1.1rem; }
.services > li > a { font-weight: 650; color: var(--ink); }
.services ul { border-left: 1px solid var(--line); padding-left: .85rem; }
.services .deprecated { text-decoration: line-through; }
search { display: block; margin-bottom: 1.25rem; }
search label { display: block; font-size: .8rem; font-weight: 600; margin-bottom: .25rem; }
search input { width: 100%; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--faint); border-radius: 6px; padding: .45rem .65rem; }
search input::placeholder { color: var(--faint); opacity: 1; }
#count { margin: .35rem 0 0; min-height: 1.4em; font-size: .82rem; color: var(--soft); }
main { padding: 2rem 0 4rem; }
.service { margin-bottom: 4rem; }
.service.filtered { display: none; }
.service > h2 { margin: 0; font-size: 1.6rem; letter-spacing: -.015em; }
.description { margin: .25rem 0 0; font-size: 1.08rem; color: var(--soft); }
.owner { margin: .25rem 0 1.5rem; font-size: .92rem; color: var(--soft); }
.scope { border: 1px solid var(--line); border-radius: 10px; padding: 1.4rem 1.6rem 1.5rem; margin-bottom: 1.25rem; background: var(--paper); }
.scope:target { border-color: var(--accent); box-shadow: 0 0 0 3px color-mix(in srgb, var(--accent) 22%, transparent); }
.scope > header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .6rem; }
.scope h3 { margin: 0; margin-right: auto; font-size: 1.18rem; line-height: 1.35; }
.scope h3 a { color: inherit; text-decoration: none; font-weight: 650; overflow-wrap: anywhere; }
.scope h3 a:hover { text-decoration: underline; }
.badge { font-size: .78rem; font-weight: 600; line-height: 1; padding: .36rem .6rem; border-radius: 99px; white-space: nowrap; }
.badge.low { color: var(--low); background: var(--low-wash); }
.badge.medium { color: var(--medium); background: var(--medium-wash); }
.badge.high { color: var(--high); background: var(--high-wash); }
.badge.critical { color: var(--critical); background: var(--critical-wash); }
.badge.leaving { color: var(--leaving); background: var(--leaving-wash); }
.reason { margin: .6rem 0 0; font-size: 1.08rem; max-width: 46rem; white-space: pre-line; }
.notice { margin: .9rem 0 0; padding: .65rem .9rem; border-radius: 7px; }
.notice.leaving { color: var(--leaving); background: var(--leaving-wash); }
.notice.needs { color: var(--needs); background: var(--needs-wash); }
.notice a { color: inherit; }
.facts { display: flex; flex-wrap: wrap; gap: .6rem 2.5rem; margin: 1rem 0 0; }
.facts dt { font-size: .8rem; color: var(--faint); }
.facts dd { margin: 0; }
.relation { margin: .8rem 0 0; }
.none { margin: 1rem 0 0; color: var(--soft); }
.scroll { overflow-x: auto; margin-top: 1.1rem; border-radius: 4px; }
table { width: 100%; min-width: 34rem; table-layout: fixed; border-collapse: collapse; font-size: .93rem; }
th, td { text-align: left; vertical-align: baseline; padding: .5rem 1rem .5rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; font-size: .8rem; font-weight: 600; color: var(--faint); padding-top: 0; white-space: nowrap; }
tbody th { font-weight: 400; }
.path { width: 46%; }
th:last-child, td:last-child { padding-right: 0; }
thead th:first-child { width: 5.2rem; }
.method { display: inline-block; font-weight: 650; }
.host { display: block; font-size: .82rem; color: var(--faint); }
.nothing { color: var(--faint); }
.tag { font-size: .78rem; font-weight: 600; padding: .12rem .45rem; border: 1px solid var(--line); border-radius: 5px; white-space: nowrap; }
details { margin-top: 1rem; }
summary { cursor: pointer; color: var(--accent); width: fit-content; }
.open { margin-top: 1.75rem; padding: 0 1.6rem; }
.open h3 { margin: 0; font-size: 1.05rem; }
.open p { margin: .15rem 0 0; color: var(--soft); }
footer { border-top: 1px solid var(--line); background: var(--wash); color: var(--soft); font-size: .9rem; padding: 1.75rem max(1.5rem, calc((100% - 76rem) / 2)); }
footer p { margin: 0 0 .4rem; }
@media (max-width: 56rem) {
  .page { display: block; }
  nav { position: static; max-height: none; padding-bottom: 0; }
  .services { columns: 14rem; }
  .services > li { break-inside: avoid; }
  .scope { padding: 1.1rem; }
  .open { padding: 0 1.1rem; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #333; --faint: #444; --line: #bbb; --paper: #fff; --wash: #fff; --accent: #000; }
  .top { background: none; color: #000; padding: 0 0 1rem; }
  .top .lead, .top code, .top .facts dt { color: #333; }
  .page { display: block; padding: 0; }
  nav, .skip { display: none; }
  .service { break-before: auto; margin-bottom: 2rem; }
  .scope { break-inside: avoid; padding: .9rem 1rem; }
  .scroll { overflow: visible; }
  table { min-width: 0; }
  summary { color: #000; }
  footer { padding: 1rem 0; background: none; }
}
`

/** For the page's Content-Security-Policy; a test holds it against the text. */
export const STYLE_HASH = 'sha256-DTblU725jQp38PymVtvebZiaePFxhYRg50BUW4zMHeE='
