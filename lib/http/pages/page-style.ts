/** The style sheet of all pages. The colours have a contrast of at least 4.5 in both schemes. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --text: #1a1a1a; --muted: #595959; --back: #fff; --box: #f4f5f7; --line: #d0d3d9;
  --link: #0b57d0; --alert: #b3261e }
@media (prefers-color-scheme: dark) { :root { --text: #e6e6e6; --muted: #a6a6a6; --back: #16181c; --box: #22252b;
  --line: #41454d; --link: #8ab4f8; --alert: #f2b8b5 } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back) }
body { max-width: 48rem; margin: 1.5rem auto; padding: 0 1rem }
body.wide { max-width: 90rem }
h1, h2, h3, .name { overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.3; margin: 0.5rem 0 }
h2 { font-size: 1.2rem; margin: 2rem 0 0.5rem }
h3 { font: 600 1rem/1.4 ui-monospace, monospace; margin: 1.5rem 0 0.25rem }
p { margin: 0.25rem 0 }
a { color: var(--link) }
:focus-visible { outline: 0.15rem solid var(--link); outline-offset: 0.1rem }
code, pre, .name { font-family: ui-monospace, monospace; font-size: 0.9rem }
pre { background: var(--box); border-radius: 0.3rem; padding: 0.75rem; margin: 0.25rem 0 }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
summary { cursor: pointer; padding: 0.25rem 0 }
ul.names { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.25rem 1rem }
.type, .muted { color: var(--muted) }
.type { font-weight: 400 }
.counters, #charts { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1rem 0 }
.counters div, figure { background: var(--box); border-radius: 0.3rem; padding: 0.5rem 0.75rem; margin: 0 }
.counters dt, figcaption { color: var(--muted); font-size: 0.85rem }
.counters dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums }
#charts[hidden] { display: none }
figure { flex: 1 1 12rem }
figcaption strong { color: var(--text) }
svg { display: block; width: 100%; height: 3rem }
polyline { fill: none; stroke: var(--link); stroke-width: 1.5; vector-effect: non-scaling-stroke }
.faults polyline { stroke: var(--alert) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.5rem; border-bottom: 1px solid var(--line) }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td.name, th.name { white-space: nowrap; font-weight: 400 }
td.statement { min-width: 12rem; white-space: pre-wrap; overflow-wrap: anywhere; font-family: ui-monospace, monospace }
form { display: flex; gap: 0.4rem; justify-content: flex-end }
button { font: inherit; color: var(--text); background: var(--back); border: 1px solid var(--muted) }
button { border-radius: 0.3rem; padding: 0.1rem 0.6rem; cursor: pointer }
button:hover { background: var(--box) }
nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; padding: 0.25rem 0; border-bottom: 1px solid var(--line) }
nav a[aria-current] { color: var(--text); font-weight: 600; text-decoration: none }
thead th, thead th.name { font-family: inherit; font-size: inherit; font-weight: 600; vertical-align: bottom }
thead th, thead th.number { white-space: normal }
th a { color: inherit; text-decoration: underline dotted }
th[aria-sort] a { text-decoration: underline }
th[aria-sort=ascending] a::after { content: " \\25b2" }
th[aria-sort=descending] a::after { content: " \\25bc" }
form.filter { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); align-items: end }
form.filter { gap: 0.5rem 1rem; margin-bottom: 1rem }
form.filter label { font-size: 0.85rem; color: var(--muted) }
form.filter input, form.filter select { font: inherit; font-size: 0.9rem; color: var(--text); background: var(--back) }
form.filter input, form.filter select { border: 1px solid var(--muted); border-radius: 0.3rem; padding: 0.1rem 0.4rem }
form.filter input, form.filter select { box-sizing: border-box; width: 100%; height: 1.8rem }
.buttons { display: flex; gap: 1rem; align-items: center }
form.bar { justify-content: flex-start; flex-wrap: wrap; gap: 0.4rem }
.bar { display: flex; gap: 1rem; align-items: center; min-height: 2rem }
`;
