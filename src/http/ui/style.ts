import { hash } from "node:crypto";

/** The style sheet. Colours have a contrast of at least 4.5 to 1 in the light and the dark scheme. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --line: #d9dde3; --text: #1a1f26; --soft: #59636f; --link: #0a53c1;
  --good: #116b33; --good-back: #dff5e5; --bad: #a3182b; --bad-back: #fde7e9; --busy: #7a4b00; --busy-back: #fdf1d3;
  --quiet: #4b5563; --quiet-back: #e9ecf0; --bar-good: #2f9e5b; --bar-bad: #d6455a; --bar-quiet: #a8b0bb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1116; --card: #161b22; --line: #2c333d; --text: #e5e9ef; --soft: #9ba6b4; --link: #85b4ff;
    --good: #7be0a0; --good-back: #11331f; --bad: #ff9ea6; --bad-back: #401a20; --busy: #f3c969; --busy-back: #3a2d0c;
    --quiet: #b8c1cc; --quiet-back: #272e38; --bar-good: #35a562; --bar-bad: #d9536a; --bar-quiet: #5b6673;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--link); text-underline-offset: 2px; }
a:focus-visible, summary:focus-visible, input:focus-visible, select:focus-visible, button:focus-visible,
.scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.skip:focus { position: absolute; left: 1rem; top: .5rem; background: var(--card); padding: .25rem .75rem; }
header, main, footer { max-width: 82rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.25rem; }
.bar { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .25rem 1.5rem; }
h1 { margin: 0; font-size: 1.375rem; }
h1 a { display: inline-flex; align-items: center; gap: .5rem; color: inherit; text-decoration: none; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: .5rem 0 0; padding: 0; list-style: none; color: var(--soft); }
.facts strong { color: var(--text); font-weight: 600; }
main { display: grid; gap: 1.25rem; padding-top: 1.25rem; }
section { min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: .625rem; padding: 1rem 1.25rem 1.125rem; }
h2 { margin: 0 0 .5rem; font-size: 1.0625rem; }
h3 { margin: 1rem 0 .25rem; font-size: .9375rem; }
.note { margin: -.25rem 0 .75rem; color: var(--soft); }
details > .note { margin: .75rem 0 0; }
.pair { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 33rem), 1fr)); align-items: start; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption, .hidden, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: .4375rem .75rem .4375rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; min-width: 3.25rem; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: .8125rem; vertical-align: bottom; overflow-wrap: normal; border-bottom: 1px solid var(--line); }
tbody th { font-weight: inherit; min-width: 11rem; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
.number { text-align: right; white-space: nowrap; overflow-wrap: normal; }
time, .badge, .id { white-space: nowrap; }
td.number > a, td.number > .sub > a { display: inline-block; min-width: 1.5rem; line-height: 1.5rem; }
a:has(> [aria-hidden]:first-child + .hidden:last-child) { display: inline-block; min-width: 1.5rem; margin: -.25rem 0 -.25rem .25rem; line-height: 1.5rem; text-align: center; }
.soft { color: var(--soft); }
.sub { display: block; color: var(--soft); font-size: .8125rem; }
.none { color: var(--soft); }
.badge { display: inline-block; padding: 0 .5rem; border-radius: .75rem; font-size: .8125rem; line-height: 1.4rem; }
.good { color: var(--good); background: var(--good-back); }
.bad { color: var(--bad); background: var(--bad-back); }
.busy { color: var(--busy); background: var(--busy-back); }
.quiet { color: var(--quiet); background: var(--quiet-back); }
code { font: .8125rem/1.5 ui-monospace, monospace; background: var(--quiet-back); border-radius: .25rem; padding: .0625rem .3125rem; overflow-wrap: anywhere; }
pre { font: .8125rem/1.5 ui-monospace, monospace; background: var(--quiet-back); border-radius: .375rem; padding: .625rem; margin: .5rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
details { margin-top: .625rem; }
summary { cursor: pointer; color: var(--link); }
dl { margin: .5rem 0 0; display: grid; gap: .625rem; }
dt { font-weight: 600; }
dd { margin: 0; }
ol { margin: .25rem 0 0; padding-left: 1.25rem; }
ol li + li { margin-top: .25rem; }
form { display: flex; flex-wrap: wrap; align-items: end; gap: .625rem .875rem; margin: .25rem 0 .75rem; }
form > a { line-height: 2.125rem; }
label { display: grid; max-width: 100%; gap: .125rem; color: var(--soft); font-size: .8125rem; }
input, select, button { font: inherit; color: var(--text); background: var(--page); border: 1px solid var(--line); border-radius: .375rem; padding: .25rem .5rem; min-height: 2.125rem; }
input { width: 13rem; max-width: 100%; } select { max-width: min(100%, 20rem); contain: paint; }
button { cursor: pointer; padding: .25rem .875rem; background: var(--card); }
.more { margin: .75rem 0 0; }
.title { margin: 0 0 .5rem; }
dl.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .5rem 1.5rem; }
dl.facts dt { color: var(--soft); font-weight: 400; font-size: .8125rem; }
dl.facts dd { color: var(--text); overflow-wrap: anywhere; }
details.filters { flex: 1 0 100%; margin: 0; }
details.filters > div { display: flex; flex-wrap: wrap; gap: .625rem .875rem; margin-top: .625rem; }
nav a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
nav.spans { flex-wrap: wrap; align-items: baseline; margin-top: .5rem; gap: .25rem 1rem; }
svg.strip { display: block; width: 12rem; height: 1.25rem; }
svg.plot { display: block; width: calc(100% - 2.75rem); margin: .5rem 0 0 2.75rem; overflow: visible; }
.plot text { fill: var(--soft); font-size: .75rem; } .plot line { stroke: var(--line); } .plot .area { fill: transparent; }
.plot a:hover .area, .plot g:hover > .area { fill: var(--quiet-back); } .strip a:hover rect { opacity: .6; }
.legend, .tiles { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; color: var(--soft); font-size: .8125rem; }
.plain { padding: 0; border: 0; background: none; } .plain .note { margin: .5rem 0 0; font-size: .8125rem; }
.tiles { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: .625rem; padding: .75rem 1rem .875rem; }
.tile a { display: block; color: inherit; text-decoration: none; } .tile a:hover strong { text-decoration: underline; }
.tile strong { display: block; margin-bottom: .25rem; color: var(--text); font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.line { padding-top: .625rem; padding-bottom: .625rem; } .line p, .line ul { margin: 0; } .line ul { padding: .25rem 0 0 1.25rem; }
.fill-back { fill: var(--quiet-back); } .fill-cause-3 { fill: #7b6fd0; } .fill-cause-5 { fill: #c58a1c; }
.heat-1 { fill: var(--busy); fill-opacity: .12; } .heat-2 { fill: var(--busy); fill-opacity: .3; } .heat-3 { fill: var(--busy); fill-opacity: .5; }
.heat-4 { fill: var(--busy); fill-opacity: .75; } .heat-5 { fill: var(--busy); }
.dots a:hover circle, .dots a:hover path { stroke: var(--text); stroke-width: 1.5; }
svg.share { display: block; margin: .25rem 0 0 auto; max-width: 7rem; border-radius: .125rem; }
svg.causes { display: block; min-width: 8rem; margin: .25rem 0; border-radius: .25rem; }
.steps { list-style: none; padding: 0; } .steps .badge { margin-right: .375rem; }
svg.lane { display: block; width: 100%; min-width: 12rem; height: .875rem; border-radius: .125rem; background: var(--page); }
svg.days { display: block; width: 9rem; height: .875rem; border-radius: .1875rem; }
.fill-good { fill: var(--bar-good); } .fill-bad { fill: var(--bar-bad); } .fill-quiet, .fill-wait, .fill-gate { fill: var(--bar-quiet); } .fill-busy { fill: var(--busy); }
footer { padding-top: 1rem; padding-bottom: 2rem; color: var(--soft); font-size: .8125rem; }
@media (max-width: 44rem) {
  header, main, footer { padding-left: .75rem; padding-right: .75rem; }
  section { padding: .875rem .875rem 1rem; }
  .wide { display: none; }
  label, input, select { width: 100%; }
  svg.days { width: 6rem; }
  .roomy { display: none; }
  .tiles { grid-template-columns: 1fr 1fr; gap: .75rem; }
  .tile { padding: .625rem .75rem; } .tile strong { font-size: 1.125rem; }
  table, tbody { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { display: flex; flex-wrap: wrap; align-items: baseline; gap: .125rem .875rem; padding: .5rem 0; }
  tbody tr + tr { border-top: 1px solid var(--line); }
  tbody tr + tr > * { border-top: 0; }
  tbody th, td { min-width: 0; padding: 0; text-align: left; }
  td.number { text-align: left; white-space: normal; }
  tbody th { flex: 1 0 100%; }
  td:empty { display: none; }
  td.number::before, td:not(:empty, :has(.badge, svg))::before { content: attr(data-label) " "; color: var(--soft); font-size: .8125rem; }
  td .sub { display: inline-block; margin-left: .5rem; white-space: nowrap; }
}
`;

/** The path contains a hash of the content, so that browsers can cache it. */
export const stylePath = `style-${hash("sha256", style, "hex").slice(0, 12)}.css`;

export const iconPath = "icon.svg";

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
<path d="M3 17a9 9 0 1 1 18 0" fill="none" stroke="#2f9e5b" stroke-width="4" stroke-linecap="round"/>
<path d="M18.4 10.6A9 9 0 0 1 21 17" fill="none" stroke="#d6455a" stroke-width="4" stroke-linecap="round"/>
<path d="M12 17l4.2-6" stroke="#7b8794" stroke-width="2.4" stroke-linecap="round"/><circle cx="12" cy="17" r="2.2" fill="#7b8794"/>
</svg>
`;
