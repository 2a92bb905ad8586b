// The style of every sheet: page, tables, figures, charts and their colours, in light and dark. Rooms add their own to it.

/** Style sheet for light and dark. A colour means one thing on a sheet; what it is, its legend says. */
export const SHEET_STYLE = `
:root { color-scheme: light dark; --page: #f6f6f3; --card: #ffffff; --ink: #1d2226; --muted: #5c6770; --rule: #d9dddf;
  --grid: #e7eaeb; --plain: #475158; --breach: #d43a2f; --breach-ink: #b3261b; --gap: #8b969d; --shade: .2; }
@media (prefers-color-scheme: dark) {
  :root { --page: #121517; --card: #1a1e21; --ink: #e4e8ea; --muted: #9aa5ad; --rule: #343b40; --grid: #2a3035;
    --plain: #b9c3ca; --breach: #e8564a; --breach-ink: #ff8a7f; --gap: #8b969d; --shade: .34; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 14px/1.45 system-ui, "Segoe UI", "Helvetica Neue", Arial,
  sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1400px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 36px 0 2px; } h3 { font-size: 14px; margin: 0; }
p { margin: 0 0 12px; max-width: 76ch; color: var(--muted); }
.facts { display: flex; flex-wrap: wrap; gap: 4px 28px; margin: 12px 0 20px; padding: 0; }
.facts div { display: flex; gap: 8px; } dt { color: var(--muted); } dd { margin: 0; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; background: var(--card); border: 1px solid var(--rule); }
th, td { padding: 4px 12px; text-align: right; white-space: nowrap; border-top: 1px solid var(--grid); font-weight: 400; }
thead th { color: var(--muted); border-top: 0; vertical-align: bottom; } tfoot > tr > * { border-top: 1px solid var(--rule); font-weight: 600; }
th[scope=row], thead th:first-child, td.word, th.word { text-align: left; } td.none { color: var(--muted); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 12px 0; padding: 0; list-style: none; font-size: 13px; }
.legend li { display: flex; align-items: center; gap: 7px; } .legend svg { width: 26px; height: 12px; flex: none; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 16px; }
.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 620px), 1fr)); }
figure { margin: 0; padding: 12px 12px 10px; background: var(--card); border: 1px solid var(--rule); border-radius: 4px; min-width: 0; }
figure > div:first-child { display: flex; justify-content: space-between; gap: 12px; align-items: baseline; margin-bottom: 6px; }
figure > div:first-child span { color: var(--muted); font-size: 13px; text-align: right; }
figcaption { font-size: 13px; margin-top: 6px; }
svg { display: block; width: 100%; height: auto; font: 10.5px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; }
.grid { stroke: var(--grid); } .grid.day { stroke: var(--rule); } .tick { fill: var(--muted); } .strong { fill: var(--ink); }
.threshold { stroke: var(--breach); stroke-dasharray: 4 3; } .limit, .breach-ink { fill: var(--breach-ink); }
.line { fill: none; stroke-width: 1.1; stroke-linejoin: round; stroke-linecap: round; } .main { stroke-width: 2; } .thin { stroke-width: .8; }
.plain { stroke: var(--plain); } .dotted { stroke-dasharray: 1 2.5; } .muted { fill: var(--muted); } .ink { fill: var(--ink); }
@media print { body { background: none; } main { padding: 0; } figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; } }
`;
