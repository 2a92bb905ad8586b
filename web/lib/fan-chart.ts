// A fan chart with uPlot: what was measured over what had been forecast, then the median and the 80 % band of what comes.
import uPlot from "uplot";
import type { Contract, ServerEvent } from "../data/types.ts";
import { coloursOf } from "./colours.ts";
import type { FanData } from "./fan-data.ts";
import { type Attention, drawAttention, drawEvents, drawLimits, LANES } from "./fan-marks.ts";

type Rule = Contract["breachRules"][number];

/** What is drawn beside the lines. */
export interface FanExtras {
  rules: readonly Rule[];
  attention: Attention | null;
  events: readonly ServerEvent[];
}

/** Where the cursor is; null when it is not on the chart. */
export type OnCursor = (index: number | null) => void;

const HEIGHT = 216;
/** Size of the names of events. */
const TEXT = 11;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** Draws the chart into an element. Destroy it when the element goes. */
export function drawFan(
  element: HTMLElement,
  data: FanData,
  { rules, attention, events }: FanExtras,
  range: { min: number | null; max: number | null },
  onCursor: OnCursor,
): uPlot {
  const style = getComputedStyle(element);
  const [ink, quiet, grid, band, danger] = coloursOf(["--ink", "--quiet", "--line", "--band", "--danger"]);
  const zoom = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const font = `${12 * zoom}px ${style.fontFamily}`;
  const axis = { stroke: quiet, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  const line = { stroke: ink, width: 1.5 * zoom, points: { show: false } };
  const middle = { ...line, dash: [5, 4] };
  const edge = { stroke: "transparent", points: { show: false } };
  const pixels = TEXT * zoom * devicePixelRatio;
  const pen = { ink, quiet, danger, font: `${pixels}px ${style.fontFamily}`, lineHeight: pixels };
  const { earlier } = data;
  const thresholds = rules.map(({ threshold }) => threshold);
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT * zoom,
      legend: { show: false },
      padding: [events.length > 0 ? LANES * 1.3 * TEXT * zoom : null, null, null, null],
      cursor: { y: false, points: { size: 6 }, drag: { setScale: false, x: false, y: false }, sync: { key: "server" } },
      scales: {
        x: { time: true },
        y: { range: (_, least, most) => yRange([least, most, ...thresholds], range) },
      },
      axes: [
        {
          ...axis,
          size: 26 * zoom,
          space: 64 * zoom,
          values: (_, splits) => splits.map((seconds) => clock.format(seconds * 1000)),
        },
        { ...axis, size: 40 * zoom, space: 36 * zoom },
      ],
      series: [{}, edge, edge, edge, edge, { ...line, stroke: quiet, width: zoom, dash: [2, 3] }, middle, line],
      bands: [
        { series: [1, 2], fill: band },
        { series: [3, 4], fill: band },
      ],
      hooks: {
        drawClear: [(chart) => attention && drawAttention(chart, attention, pen)],
        draw: [(chart) => drawLimits(chart, data.originSeconds, rules, pen), (chart) => drawEvents(chart, events, pen)],
        setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)],
      },
    },
    [data.times, earlier.high, earlier.low, data.high, data.low, earlier.median, data.median, data.past],
    element,
  );
}

/** All values with a little room, within the legal range of the metric. */
function yRange(values: readonly number[], { min, max }: { min: number | null; max: number | null }): [number, number] {
  const known = values.filter((value) => Number.isFinite(value));
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const room = (most - least || 1) * 0.08;
  return [
    Math.max(least - room, min ?? Number.NEGATIVE_INFINITY),
    Math.min(most + room, max ?? Number.POSITIVE_INFINITY),
  ];
}
