// What the sheet of a simulated fleet adds to the style of all sheets. A colour means one thing everywhere: a metric, the
// precursor, or the breach.

/** Style sheet for light and dark, to come after that of all sheets. */
export const FLEET_STYLE = `
:root { --cpu: #0068a8; --mem: #b0308a; --disk: #0b7f5f; --precursor: #f0ab2a; --precursor-ink: #8a5a00; --weekend: #f0f1ee; }
@media (prefers-color-scheme: dark) {
  :root { --cpu: #5fb4f2; --mem: #ec8bcb; --disk: #4fcf9f; --precursor: #e0a030; --precursor-ink: #f0bd5c; --weekend: #20262a; } }
p.told { color: var(--ink); margin: 0; } figcaption ol { margin: 4px 0 0; padding: 0; list-style: none; color: var(--muted); }
.spans svg { min-width: 600px; } .cascade svg { min-width: 780px; max-width: 1100px; }
.cpu { stroke: var(--cpu); } .mem { stroke: var(--mem); } .disk { stroke: var(--disk); }
.cpu-ink { fill: var(--cpu); } .mem-ink { fill: var(--mem); } .disk-ink { fill: var(--disk); }
.precursor-ink { fill: var(--precursor-ink); } .panel-title { fill: var(--muted); }
.precursor { fill: var(--precursor); opacity: .16; } .breach { fill: var(--breach); opacity: var(--shade); }
.gap { fill: var(--gap); opacity: .3; } .weekend { fill: var(--weekend); }
.precursor-bar { fill: var(--precursor); } .breach-bar { fill: var(--breach); } .joint { fill: none; stroke: var(--muted); }
.note circle { fill: var(--ink); } .note line { stroke: var(--ink); stroke-dasharray: 1 3; } .note text { fill: var(--card); font-size: 9px; font-weight: 600; }
`;
