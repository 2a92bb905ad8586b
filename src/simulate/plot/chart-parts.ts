// Parts that the charts of a fleet share: lines of a trace, gaps, and the axis in percent.
import { type Box, band, type Child, element, type Markup, type Scale, trimmed } from "../../sheet/index.ts";
import { gapsOf, type Trace } from "./trace.ts";

/** The line of one metric; each column is drawn from its lowest to its highest value, and gaps stay open. */
export function traceLine(trace: Trace, metric: number, x: Scale, y: Scale, className: string): Markup | null {
  const { lowest, highest, startMs, columnMs } = trace;
  if (lowest[metric] === undefined) return null;
  let path = "";
  let last: number | null = null;
  for (const [column, low] of lowest[metric].entries()) {
    if (Number.isNaN(low)) {
      last = null;
      continue;
    }
    const at = trimmed(x(startMs + (column + 0.5) * columnMs));
    const ends = [y(low), y(highest[metric]![column]!)];
    if (last !== null && Math.abs(ends[1]! - last) < Math.abs(ends[0]! - last)) ends.reverse();
    path += `${last === null ? "M" : "L"}${at} ${trimmed(ends[0]!)}`;
    // A lone point is drawn too: as a stroke as long as its round cap.
    if (last === null || Math.abs(ends[1]! - ends[0]!) >= 0.1) path += `V${trimmed(ends[1]! + 0.1)}`;
    last = ends[1]!;
  }
  return element("path", { class: `line ${className}`, d: path });
}

/** The last value of a metric in a trace, for a label at the end of its line; null without rows. */
export function lastValue({ highest }: Trace, metric: number): number | null {
  return highest[metric]?.findLast((value) => !Number.isNaN(value)) ?? null;
}

/** The times in which no row arrived. */
export function gapBands(trace: Trace, x: Scale, box: Box): Child {
  return gapsOf(trace).map(({ startMs, endMs }) => band(x, box, startMs, endMs, "gap"));
}

/** Horizontal lines and labels of a percent axis, with the line at which a breach begins. */
export function percentAxis(y: Scale, { left, right }: Box, thresholds: readonly number[]): Child {
  const ticks = [0, 50, 100].map((value) => [
    element("line", { class: "grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
    element("text", { class: "tick", x: left - 5, y: y(value) + 3.5, "text-anchor": "end" }, String(value)),
  ]);
  const lines = thresholds.map((value) => [
    element("line", { class: "threshold", x1: left, x2: right, y1: y(value), y2: y(value) }),
    element("text", { class: "tick limit", x: left - 5, y: y(value) + 3.5, "text-anchor": "end" }, String(value)),
  ]);
  const unit = element("text", { class: "tick", x: left - 5, y: y(100) - 1, "text-anchor": "end" }, "%");
  return [unit, ticks.map(([line, label], index) => (index === 2 ? [line!] : [line!, label!])), lines];
}
