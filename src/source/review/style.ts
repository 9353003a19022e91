/** The review's style: paper first (A4 or letter, with page numbers where the browser knows margin boxes), and readable on a screen. */

export const STYLE = `
:root { color-scheme: light; --ink: #16202e; --soft: #46536a; --line: #cfd6e1; --wash: #f3f5f9; --alarm: #99171f; --alarm-wash: #fdecec; --warn: #7a4a06; --warn-wash: #fdf3da; --good: #14603a; }
@page {
  size: landscape; margin: 16mm 14mm 18mm;
  @top-left { content: ""; } @top-center { content: ""; } @top-right { content: ""; } @bottom-center { content: ""; }
  @bottom-left { content: "Scopewall access review"; font: 8pt system-ui, sans-serif; color: #46536a; }
  @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 8pt system-ui, sans-serif; color: #46536a; }
}
@page :first { @bottom-left { content: ""; } @bottom-right { content: ""; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2.5rem 1.5rem 4rem; background: #fff; color: var(--ink); font: .95rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
code { font-family: ui-monospace, SFMono-Regular, "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .9em; overflow-wrap: anywhere; }
a { color: inherit; text-decoration-color: var(--line); text-underline-offset: .2em; }
h1 { font-size: 2.1rem; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 .4rem; }
h2 { font-size: 1.4rem; margin: 0 0 .4rem; padding-bottom: .3rem; border-bottom: 2px solid var(--ink); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .3rem; }
h2, h3, h2 + p, h3 + p { break-after: avoid; }
p { margin: .4rem 0; max-width: 50rem; }
.soft { color: var(--soft); }
.title .kind { font-size: .85rem; font-weight: 650; letter-spacing: .09em; text-transform: uppercase; color: var(--soft); margin: 0 0 2.2rem; }
.title .for { font-size: 1.15rem; color: var(--soft); margin: 0 0 2rem; overflow-wrap: anywhere; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.5rem; margin: 1rem 0; }
dl.facts dt { color: var(--soft); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
section { margin-top: 3rem; }
nav { margin-top: 2rem; }
nav ol { columns: 2; padding-left: 1.4rem; margin: .5rem 0; }
nav li { break-inside: avoid; padding: .1rem 0; }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: .6rem; margin: 1rem 0; padding: 0; list-style: none; }
.figures li { border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; break-inside: avoid; }
.figures b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figures span { font-size: .82rem; color: var(--soft); }
.figures .alarm { border-color: var(--alarm); background: var(--alarm-wash); }
.figures .alarm b { color: var(--alarm); }
table { width: 100%; border-collapse: collapse; margin: .7rem 0 1rem; font-size: .84rem; line-height: 1.4; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { font-size: .76rem; font-weight: 650; color: var(--soft); border-bottom-color: var(--soft); vertical-align: bottom; overflow-wrap: normal; }
tbody th { font-weight: 400; }
th:last-child, td:last-child { padding-right: 0; }
th, td { min-width: 4.5rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.number, .short { min-width: 0; }
.short, .still { white-space: nowrap; }
.wide { min-width: 11rem; }
.mark { display: inline-block; font-size: .76rem; font-weight: 650; padding: .05rem .45rem; border-radius: 4px; background: var(--wash); white-space: nowrap; }
.mark.alarm { color: var(--alarm); background: var(--alarm-wash); }
.mark.warn { color: var(--warn); background: var(--warn-wash); }
.mark.good { color: var(--good); background: #e6f5ec; }
.lack { border: 1.5px solid var(--alarm); border-left-width: 6px; background: var(--alarm-wash); border-radius: 4px; padding: .6rem .9rem; margin: .8rem 0; break-inside: avoid; }
.lack strong { color: var(--alarm); }
.none { color: var(--soft); font-style: italic; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: 4px; padding: .6rem .8rem; font-size: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; break-inside: avoid; }
.sign td { height: 2.6rem; border-bottom-color: var(--soft); }
ul.plain { margin: .2rem 0; padding-left: 1.1rem; }
@media (max-width: 44rem) { .figures { grid-template-columns: repeat(2, 1fr); } nav { margin-top: 2rem; }
nav ol { columns: 1; } table { display: block; overflow-x: auto; } }
@media print {
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  section { margin-top: 1.6rem; }
  section.page { break-before: page; margin-top: 0; }
  .mark, .lack, .figures .alarm, pre { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`

/** For the page's Content-Security-Policy; a test holds it against the text. */
export const STYLE_HASH = 'sha256-CTJgEgBs/AYtkUBmlUk8vxLvQ5DEEUax/5jN2iKLwSA='
