// The style of the sheet. A colour means one thing everywhere: a metric, the precursor, or the breach.

/** Style sheet for light and dark. */
export const STYLE = `
:root { color-scheme: light dark; --page: #f6f6f3; --card: #ffffff; --ink: #1d2226; --muted: #5c6770; --rule: #d9dddf;
  --grid: #e7eaeb; --cpu: #0068a8; --mem: #b0308a; --disk: #0b7f5f; --plain: #475158; --precursor: #f0ab2a;
  --precursor-ink: #8a5a00; --breach: #d43a2f; --breach-ink: #b3261b; --gap: #8b969d; --weekend: #f0f1ee; --shade: .2; }
@media (prefers-color-scheme: dark) {
  :root { --page: #121517; --card: #1a1e21; --ink: #e4e8ea; --muted: #9aa5ad; --rule: #343b40; --grid: #2a3035;
    --cpu: #5fb4f2; --mem: #ec8bcb; --disk: #4fcf9f; --plain: #b9c3ca; --precursor: #e0a030; --precursor-ink: #f0bd5c;
    --breach: #e8564a; --breach-ink: #ff8a7f; --gap: #8b969d; --weekend: #20262a; --shade: .34; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 14px/1.45 system-ui, "Segoe UI", "Helvetica Neue", Arial,
  sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1400px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 36px 0 2px; } h3 { font-size: 14px; margin: 0; }
p { margin: 0 0 12px; max-width: 76ch; color: var(--muted); } p.told { color: var(--ink); margin: 0; }
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
figcaption { font-size: 13px; margin-top: 6px; } figcaption ol { margin: 4px 0 0; padding: 0; list-style: none; color: var(--muted); }
svg { display: block; width: 100%; height: auto; font: 10.5px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; }
.spans svg { min-width: 600px; } .cascade svg { min-width: 780px; max-width: 1100px; }
.grid { stroke: var(--grid); } .grid.day { stroke: var(--rule); } .tick { fill: var(--muted); } .strong { fill: var(--ink); }
.threshold { stroke: var(--breach); stroke-dasharray: 4 3; } .limit, .breach-ink { fill: var(--breach-ink); }
.line { fill: none; stroke-width: 1.1; stroke-linejoin: round; stroke-linecap: round; } .main { stroke-width: 2; } .thin { stroke-width: .8; }
.cpu { stroke: var(--cpu); } .mem { stroke: var(--mem); } .disk { stroke: var(--disk); } .plain { stroke: var(--plain); }
.dotted { stroke-dasharray: 1 2.5; } .cpu-ink { fill: var(--cpu); } .mem-ink { fill: var(--mem); } .disk-ink { fill: var(--disk); }
.precursor-ink { fill: var(--precursor-ink); } .muted { fill: var(--muted); } .ink { fill: var(--ink); } .panel-title { fill: var(--muted); }
.precursor { fill: var(--precursor); opacity: .16; } .breach { fill: var(--breach); opacity: var(--shade); }
.gap { fill: var(--gap); opacity: .3; } .weekend { fill: var(--weekend); }
.precursor-bar { fill: var(--precursor); } .breach-bar { fill: var(--breach); } .joint { fill: none; stroke: var(--muted); }
.note circle { fill: var(--ink); } .note line { stroke: var(--ink); stroke-dasharray: 1 3; } .note text { fill: var(--card); font-size: 9px; font-weight: 600; }
@media print { body { background: none; } figure { break-inside: avoid; } }
`;
