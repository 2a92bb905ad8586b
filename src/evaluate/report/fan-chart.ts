// A forecast beside what came: history, band, median, truth, and the thresholds of the breach rules.
import {
  type Box,
  type Child,
  chart,
  element,
  linearScale,
  linearTicks,
  type Markup,
  type Scale,
  tickLabels,
  timeAxis,
  trimmed,
} from "../../sheet/index.ts";
import type { EvaluationReport, FanChart } from "../evaluation-report.ts";
import { instant, percent } from "./cells.ts";
import { figure } from "./figures.ts";

const BOX: Box = { left: 46, right: 430, top: 12, bottom: 160 };
/** A threshold farther away than this many heights of the drawing is told, not drawn. */
const MOST_ROOM = 1;

/** Draws a forecast; `index` is unique among the fan charts. */
export function fanFigure(fan: FanChart, report: EvaluationReport, index: number): Markup {
  const { server, metric, unit, originMs, history, truth, lower, middle, upper } = fan;
  const { intervalMs } = report;
  const rules = report.breachRules.filter((rule) => rule.metric === metric);
  const [low, high] = bounds([...history, ...truth, ...lower, ...middle, ...upper]);
  const isNear = ({ threshold }: (typeof rules)[number]): boolean =>
    Math.max(threshold - high, low - threshold) <= MOST_ROOM * (high - low);
  const [near, far] = [rules.filter(isNear), rules.filter((rule) => !isNear(rule))];
  const thresholds = near.map(({ threshold }) => threshold);
  const [from, to] = [Math.min(low, ...thresholds), Math.max(high, ...thresholds)];
  const x = linearScale(
    originMs - history.length * intervalMs,
    originMs + truth.length * intervalMs,
    BOX.left,
    BOX.right,
  );
  const y = linearScale(from, to, BOX.bottom, BOX.top);
  const at = (step: number): number => originMs + step * intervalMs;
  const told = inWords(fan);
  const note = far.map(({ op, threshold }) => `Threshold ${op} ${threshold} lies outside of the drawing.`);
  return figure(
    `${metric} (${unit})`,
    `${server}, ${instant(originMs)}`,
    chart(
      `fan-${index}`,
      { width: 440, height: 182 },
      { title: `${metric} of ${server}, forecast at ${instant(originMs)}`, description: told },
      timeAxis(x, BOX, 6),
      valueAxis(y, from, to),
      element("path", { class: "band", d: bandPath(lower, upper, at, x, y) }),
      line(history, -history.length, "truth thin", at, x, y),
      line(middle, 0, "model", at, x, y),
      line(truth, 0, "truth", at, x, y),
      element("line", { class: "origin", x1: x(originMs), x2: x(originMs), y1: BOX.top, y2: BOX.bottom }),
      near.map(({ id, op, threshold }) => [
        element("line", { class: "threshold", x1: BOX.left, x2: BOX.right, y1: y(threshold), y2: y(threshold) }),
        element("text", { class: "tick limit", x: BOX.left + 4, y: y(threshold) + 12 }, `${id}: ${op} ${threshold}`),
      ]),
    ),
    [told, ...note].join(" "),
  );
}

/** Lowest and highest of the values that are there, apart from each other. */
function bounds(values: readonly (number | null)[]): [low: number, high: number] {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return [0, 1];
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

function valueAxis(y: Scale, from: number, to: number): Child {
  const ticks = linearTicks(from, to, 5);
  const labels = tickLabels(ticks);
  return ticks.map((value, index) => [
    element("line", { class: "grid", x1: BOX.left, x2: BOX.right, y1: y(value), y2: y(value) }),
    element("text", { class: "tick", x: BOX.left - 6, y: y(value) + 3.5, "text-anchor": "end" }, labels[index]!),
  ]);
}

type Place = (value: number) => number;

function bandPath(lower: readonly number[], upper: readonly number[], at: Place, x: Place, y: Place): string {
  const point = (value: number, step: number): string => `${trimmed(x(at(step)))} ${trimmed(y(value))}`;
  const [over, under] = [upper.map(point), lower.map(point).reverse()];
  return over.length === 0 ? "" : `M${[...over, ...under].join("L")}Z`;
}

/** A line through the values that are there; missing ones leave a gap. */
function line(
  values: readonly (number | null)[],
  firstStep: number,
  className: string,
  at: Place,
  x: Place,
  y: Place,
): Child {
  let path = "";
  let isOpen = false;
  for (const [step, value] of values.entries()) {
    if (value !== null) path += `${isOpen ? "L" : "M"}${trimmed(x(at(firstStep + step)))} ${trimmed(y(value))}`;
    isOpen = value !== null;
  }
  return path === "" ? null : element("path", { class: `line ${className}`, d: path });
}

function inWords({ truth, lower, upper }: FanChart): string {
  const known = truth.flatMap((value, step) => (value === null ? [] : [{ value, step }]));
  if (known.length === 0) return "Nothing was observed afterwards.";
  const inside = known.filter(({ value, step }) => value >= lower[step]! && value <= upper[step]!).length;
  return `${percent(inside / known.length, 0)} of what came lay in the band.`;
}
