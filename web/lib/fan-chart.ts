// A fan chart with uPlot: what was measured, then the median and the 80 % band, the thresholds, and where now is.
import uPlot from "uplot";
import type { Contract } from "../data/types.ts";

type Rule = Contract["breachRules"][number];

/** Columns of a fan chart; times in epoch seconds, all lists equally long, null where there is nothing. */
export interface FanData {
  times: number[];
  past: (number | null)[];
  low: (number | null)[];
  median: (number | null)[];
  high: (number | null)[];
  originSeconds: number;
}

/** Puts a history and a forecast onto one axis. */
export function fanData(
  past: readonly (number | null)[],
  pastStartMs: number,
  forecast: { low: number[]; median: number[]; high: number[]; originMs: number } | null,
  intervalMs: number,
): FanData {
  const ahead = forecast?.median.length ?? 0;
  const nothing = (count: number) => new Array<null>(count).fill(null);
  const startMs = forecast?.originMs ?? 0;
  const shown = forecast === null ? past : past.filter((_, at) => pastStartMs + at * intervalMs < startMs);
  const pastTimes = shown.map((_, at) => (pastStartMs + at * intervalMs) / 1000);
  const times = [...pastTimes, ...nothing(ahead).map((_, at) => (startMs + at * intervalMs) / 1000)];
  const after = (values: number[] | undefined) => [...nothing(shown.length), ...(values ?? [])];
  return {
    times,
    past: [...shown, ...nothing(ahead)],
    low: after(forecast?.low),
    median: after(forecast?.median),
    high: after(forecast?.high),
    originSeconds: startMs / 1000,
  };
}

/** Where the cursor is; null when it is not on the chart. */
export type OnCursor = (index: number | null) => void;

const HEIGHT = 200;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** Draws the chart into an element. Destroy it when the element goes. */
export function drawFan(
  element: HTMLElement,
  data: FanData,
  rules: readonly Rule[],
  range: { min: number | null; max: number | null },
  onCursor: OnCursor,
): uPlot {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const [ink, quiet, grid, band, danger] = ["--ink", "--quiet", "--line", "--band", "--danger"].map(colour) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const zoom = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const font = `${12 * zoom}px ${style.fontFamily}`;
  const axis = { stroke: quiet, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  const thresholds = rules.map(({ threshold }) => threshold);
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT * zoom,
      legend: { show: false },
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
      series: [
        {},
        { stroke: ink, width: 1.5 * zoom, points: { show: false } },
        { stroke: ink, width: 1.5 * zoom, dash: [5, 4], points: { show: false } },
        { stroke: "transparent", points: { show: false } },
        { stroke: "transparent", points: { show: false } },
      ],
      bands: [{ series: [3, 4], fill: band }],
      hooks: {
        draw: [(chart) => drawLines(chart, data.originSeconds, rules, { danger, ink })],
        setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)],
      },
    },
    [data.times, data.past, data.median, data.high, data.low],
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

function drawLines(
  chart: uPlot,
  originSeconds: number,
  rules: readonly Rule[],
  { danger, ink }: { danger: string; ink: string },
): void {
  const { ctx, bbox } = chart;
  const { left, top, width, height } = bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  for (const { threshold, op } of rules) {
    const y = chart.valToPos(threshold, "y", true);
    const [from, to] = op === ">=" ? [top, y] : [y, top + height];
    ctx.globalAlpha = 0.08;
    ctx.fillStyle = danger;
    ctx.fillRect(left, from, width, to - from);
    ctx.globalAlpha = 1;
    stroke(ctx, danger, [6, 4], left, y, left + width, y);
  }
  const x = chart.valToPos(originSeconds, "x", true);
  if (originSeconds > 0) stroke(ctx, ink, [2, 3], x, top, x, top + height);
  ctx.restore();
}

function stroke(
  pen: CanvasRenderingContext2D,
  colour: string,
  dash: number[],
  ...[x1, y1, x2, y2]: [number, number, number, number]
): void {
  pen.strokeStyle = colour;
  pen.lineWidth = devicePixelRatio;
  pen.setLineDash(dash.map((length) => length * devicePixelRatio));
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}
