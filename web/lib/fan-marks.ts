// What is drawn over and behind the lines of a fan chart: thresholds, now, attention at its foot, events at its head.
import type uPlot from "uplot";
import type { Contract, ServerEvent } from "../data/types.ts";
import { byWeight, markOf } from "./events.ts";

/** Where the network looked in the past: spans of one length, oldest first. */
export interface Attention {
  startMs: number;
  spanMs: number;
  shares: readonly number[];
}

/** Colours and sizes of the present look. */
export interface Pen {
  ink: string;
  quiet: string;
  danger: string;
  font: string;
  /** Height of a line of text, in pixels of the canvas. */
  lineHeight: number;
}

/** Share of the chart's height that the heaviest span takes. */
const FOOT = 0.22;

/** Works within the area of the lines only. */
export function withinPlot({ ctx, bbox }: uPlot, draw: (context: CanvasRenderingContext2D) => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx);
  ctx.restore();
}

/** The areas beyond the thresholds, and where the forecast begins. */
export function drawLimits(
  chart: uPlot,
  originSeconds: number,
  rules: readonly Contract["breachRules"][number][],
  { danger, ink }: Pen,
): void {
  const { left, top, width, height } = chart.bbox;
  withinPlot(chart, (context) => {
    for (const { threshold, op } of rules) {
      const y = chart.valToPos(threshold, "y", true);
      const [from, to] = op === ">=" ? [top, y] : [y, top + height];
      context.globalAlpha = 0.08;
      context.fillStyle = danger;
      context.fillRect(left, from, width, to - from);
      context.globalAlpha = 1;
      stroke(context, danger, [6, 4], left, y, left + width, y);
    }
    const x = chart.valToPos(originSeconds, "x", true);
    if (originSeconds > 0) stroke(context, ink, [2, 3], x, top, x, top + height);
  });
}

/** Bars at the foot, behind everything: the heavier a span, the higher its bar. */
export function drawAttention(chart: uPlot, { startMs, spanMs, shares }: Attention, { quiet }: Pen): void {
  const { top, height } = chart.bbox;
  const most = Math.max(...shares) || 1;
  withinPlot(chart, (context) => {
    context.globalAlpha = 0.38;
    context.fillStyle = quiet;
    for (const [at, share] of shares.entries()) {
      const [from, to] = [0, 1].map((edge) => chart.valToPos((startMs + (at + edge) * spanMs) / 1000, "x", true));
      const tall = (share / most) * FOOT * height;
      context.fillRect(from! + devicePixelRatio / 2, top + height - tall, to! - from! - devicePixelRatio, tall);
    }
  });
}

/** Lines of names above the area of the lines. */
export const LANES = 2;

/** An upright for each event with its name above, where there is room for it; times of silence as a bar. */
export function drawEvents(chart: uPlot, events: readonly ServerEvent[], { quiet, font, lineHeight }: Pen): void {
  const { ctx, bbox } = chart;
  const { left, top, width, height } = bbox;
  const gap = lineHeight / 4;
  const xOf = (time: string): number => chart.valToPos(Date.parse(time) / 1000, "x", true);
  const isShown = ({ at }: ServerEvent): boolean => xOf(at) >= left && xOf(at) <= left + width;
  withinPlot(chart, (context) => {
    context.fillStyle = quiet;
    for (const { at, until } of events.filter(isQuiet)) {
      if (until !== null) context.fillRect(xOf(at), top, Math.max(2, xOf(until) - xOf(at)), 3 * devicePixelRatio);
    }
    for (const { at } of events.filter(isShown)) stroke(context, quiet, [1, 3], xOf(at), top, xOf(at), top + height);
  });
  ctx.save();
  ctx.font = font;
  ctx.textBaseline = "bottom";
  ctx.textAlign = "left";
  ctx.fillStyle = quiet;
  const taken = Array.from({ length: LANES }, (): [number, number][] => []);
  for (const event of byWeight(events.filter(isShown))) {
    const wide = ctx.measureText(markOf(event)).width;
    const begin = Math.min(xOf(event.at), left + width - wide);
    const end = begin + wide + gap;
    const lane = taken.findIndex((places) => places.every(([from, to]) => end <= from || begin >= to));
    if (lane < 0) continue;
    taken[lane]!.push([begin, end]);
    ctx.fillText(markOf(event), begin, top - gap / 2 - lane * lineHeight * 1.1);
  }
  ctx.restore();
}

function isQuiet({ kind }: ServerEvent): boolean {
  return kind === "silence" || kind === "maintenance";
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
