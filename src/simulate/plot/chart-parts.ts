// Parts that the charts share: lines of a trace, time axes, bands of time, and the frame that names a chart.
import { DAY_MS } from "../random.ts";
import { type Child, element, type Markup, trimmed } from "./markup.ts";
import { type Scale, timeTicks } from "./scales.ts";
import { gapsOf, type Trace } from "./trace.ts";
import { clockInWords, dayInWords } from "./words.ts";

/** Where a chart or a panel of it lies, in pixels. */
export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** A chart as an image with a name and a description for those who do not see it; `id` is unique on the sheet. */
export function chart(
  id: string,
  { width, height }: { width: number; height: number },
  { title, description }: { title: string; description: string },
  ...children: Child[]
): Markup {
  return element(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-labelledby": `${id}-title ${id}-desc` },
    element("title", { id: `${id}-title` }, title),
    element("desc", { id: `${id}-desc` }, description),
    ...children,
  );
}

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

/** Times along the bottom of a chart, with ticks through its height. */
export function timeAxis(x: Scale, { left, right, top, bottom }: Box, most: number): Markup {
  const { stepMs, timesMs } = timeTicks(x.from, x.to, most);
  const ticks = timesMs.map((timeMs, index) => {
    const isDay = timeMs % DAY_MS === 0;
    const label = isDay || stepMs >= DAY_MS ? dayInWords(timeMs) : clockInWords(timeMs);
    const at = x(timeMs);
    const anchor = at < left + 12 ? "start" : at > right - 12 ? "end" : "middle";
    return [
      element("line", { class: isDay ? "grid day" : "grid", x1: at, x2: at, y1: top, y2: bottom }),
      element(
        "text",
        { class: isDay && index > 0 ? "tick strong" : "tick", x: at, y: bottom + 12, "text-anchor": anchor },
        label,
      ),
    ];
  });
  return element("g", {}, ticks);
}

/** A shaded span of time, cut to the chart; null outside of it. */
export function band(x: Scale, { top, bottom }: Box, startMs: number, endMs: number, className: string): Markup | null {
  const start = x(Math.max(startMs, x.from));
  const end = x(Math.min(endMs, x.to));
  if (end <= start) return null;
  const width = Math.max(1, end - start);
  return element("rect", { class: className, x: start, y: top, width, height: bottom - top });
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
