// What the report of a backtest adds to the style of all sheets. Blue is the model, orange what it is compared with.

/** Style sheet for light and dark, to come after that of all sheets. */
export const REPORT_STYLE = `
:root { --model: #0068a8; --rival: #b45309; --good: #0b6b4f; --band: #0068a8; --band-shade: .2; }
@media (prefers-color-scheme: dark) {
  :root { --model: #5fb4f2; --rival: #f0a04b; --good: #4fcf9f; --band: #5fb4f2; --band-shade: .26; } }
main { overflow-wrap: break-word; }
nav ul { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 10px 0 0; padding: 0; list-style: none; }
a { color: var(--model); } a:focus-visible, .scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--model); outline-offset: 2px; }
.verdict { border-left: 4px solid var(--model); padding: 2px 0 2px 14px; margin: 18px 0; }
.verdict p { color: var(--ink); font-size: 16px; margin: 0 0 6px; } .verdict p:first-child { font-weight: 600; font-size: 18px; }
ul.told { margin: 4px 0 14px; padding-left: 20px; max-width: 88ch; } ul.told li { margin: 2px 0; }
h3 { margin: 22px 0 6px; } figure h3 { margin: 0; }
dd { overflow-wrap: anywhere; min-width: 0; } dt { flex: none; }
table { margin: 6px 0 18px; } thead th { white-space: normal; min-width: 6ch; max-width: 15ch; } th, td { padding: 4px 10px; } caption { text-align: left; padding: 6px 12px; font-weight: 600; background: var(--card);
  border: 1px solid var(--rule); border-bottom: 0; }
tr.group th { text-align: left; color: var(--muted); font-weight: 600; border-top: 1px solid var(--rule); padding-top: 9px; }
tr.group span, th[scope=row] { position: sticky; left: 12px; } th[scope=row] { left: 0; background: var(--card); }
tbody th[scope=row] { max-width: 34ch; overflow: hidden; text-overflow: ellipsis; }
.best { font-weight: 700; } .best span { font-size: 9px; vertical-align: 1px; color: var(--good); }
.word-better { color: var(--good); } .word-worse { color: var(--breach-ink); font-weight: 600; }
details { margin-top: 8px; font-size: 13px; } summary { cursor: pointer; color: var(--muted); } details table { font-size: 12px; }
.model { stroke: var(--model); } .model-ink { fill: var(--model); font-weight: 600; } .rival { stroke: var(--rival); }
.rival-ink { fill: var(--rival); } .other { stroke: var(--gap); } .other-ink { fill: var(--muted); }
.truth { stroke: var(--ink); } .band { fill: var(--band); opacity: var(--band-shade); } .bar { fill: var(--band); opacity: .55; }
.even { stroke: var(--ink); stroke-dasharray: 4 3; } .origin { stroke: var(--muted); stroke-dasharray: 2 2; }
.dot { fill: var(--model); } .rival-dot { fill: var(--rival); } .model-dot { fill: var(--model); } .error { stroke: var(--model); stroke-width: 1.2; }
.glossary { display: grid; grid-template-columns: minmax(0, 24ch) minmax(0, 80ch); gap: 8px 20px; margin: 8px 0; }
.glossary dt { color: var(--ink); font-weight: 600; } .glossary dd { font-weight: 400; color: var(--muted); }
@media (max-width: 600px) { .glossary { grid-template-columns: 1fr; gap: 0; } .glossary dd { margin-bottom: 10px; } main { padding: 16px 12px 32px; } }
@page { size: A4 landscape; margin: 12mm; }
@media print { nav, summary { display: none; } .scroll { overflow: visible; } th, td { padding: 2px 5px; } body { font-size: 9pt; }
  table { font-size: 7.5pt; } th[scope=row], tr.group span { position: static; } .cards { grid-template-columns: 1fr 1fr; } }
`;
