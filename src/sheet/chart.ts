// Parts of every chart: the frame that names it, time axes, and bands of time.
import { type Child, element, type Markup } from "./markup.ts";
import { type Scale, timeTicks } from "./scales.ts";
import { clockInWords, DAY_MS, dayInWords } from "./words.ts";

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
