// A chart of a few curves over one axis: losses and coverage by time ahead, precision over recall, recall over lead time.
import {
  type Box,
  type Child,
  chart,
  element,
  linearScale,
  linearTicks,
  type Markup,
  trimmed,
} from "../../sheet/index.ts";

/** A curve; points whose value is null leave a gap. */
export interface Curve {
  /** Written at its end; nothing where it is empty. */
  name: string;
  /** "model", "rival" for what it is compared with most, "other" for the rest. */
  kind: "model" | "rival" | "other";
  points: readonly { x: number; y: number | null }[];
}

/** A dot on the chart with a short label beside it. */
export interface Mark {
  label: string;
  kind: "model" | "rival";
  x: number;
  y: number;
}

/** What a chart of curves shows. */
export interface CurveChart {
  title: string;
  description: string;
  xName: string;
  xRange: readonly [from: number, to: number];
  xTicks: readonly { at: number; label: string }[];
  /** Values above the range are cut off. */
  yRange: readonly [from: number, to: number];
  yLabels: (ticks: readonly number[]) => string[];
  curves: readonly Curve[];
  marks?: readonly Mark[];
  /** A value that should be met, drawn through the whole width. */
  target?: { value: number; label: string };
}

const WIDTH = 440;
const HEIGHT = 232;
const BOX: Box = { left: 44, right: 424, top: 12, bottom: 192 };
/** Room for the names at the ends of the curves. */
const NAMES_WIDTH = 118;
const LABEL_STEP = 12;

/** Draws curves with their names at their ends; `id` is unique on the sheet. */
export function curveChart(id: string, content: CurveChart): Markup {
  const { xRange, yRange, curves, marks = [], target } = content;
  const box = curves.every(({ name }) => name === "") ? BOX : { ...BOX, right: BOX.right - NAMES_WIDTH };
  const x = linearScale(xRange[0], xRange[1], box.left, box.right);
  const y = linearScale(yRange[0], yRange[1], box.bottom, box.top);
  const ticks = linearTicks(yRange[0], yRange[1], 5);
  const tickTexts = content.yLabels(ticks);
  const ordered = curves.toSorted((a, b) => depth(a) - depth(b));
  return chart(
    id,
    { width: WIDTH, height: HEIGHT },
    content,
    element("clipPath", { id: `${id}-frame` }, element("rect", frame(box))),
    ticks.map((value, index) => [
      element("line", { class: "grid", x1: box.left, x2: box.right, y1: y(value), y2: y(value) }),
      element("text", { class: "tick", x: box.left - 6, y: y(value) + 3.5, "text-anchor": "end" }, tickTexts[index]!),
    ]),
    content.xTicks.map(({ at, label }) =>
      element("text", { class: "tick", x: x(at), y: box.bottom + 14, "text-anchor": "middle" }, label),
    ),
    element(
      "text",
      { class: "tick", x: (box.left + box.right) / 2, y: box.bottom + 31, "text-anchor": "middle" },
      content.xName,
    ),
    target === undefined
      ? null
      : [
          element("line", { class: "even", x1: box.left, x2: box.right, y1: y(target.value), y2: y(target.value) }),
          element("text", { class: "tick strong", x: box.left + 4, y: y(target.value) - 4 }, target.label),
        ],
    element(
      "g",
      { "clip-path": `url(#${id}-frame)` },
      ordered.map((curve) => curveLine(curve, x, y)),
    ),
    marks.map((mark) => [
      element("circle", { class: `${mark.kind}-dot`, cx: x(mark.x), cy: y(mark.y), r: 4 }),
      element("text", { class: `${mark.kind}-ink`, x: x(mark.x) + 6, y: y(mark.y) - 5 }, mark.label),
    ]),
    labels(
      ordered.flatMap((curve) => lastPoint(curve) ?? []),
      box,
      y,
    ),
  );
}

function frame({ left, right, top, bottom }: Box): Record<string, number> {
  return { x: left, y: top - 2, width: right - left + 2, height: bottom - top + 4 };
}

function depth({ kind }: Curve): number {
  return ["other", "rival", "model"].indexOf(kind);
}

function curveLine({ name, kind, points }: Curve, x: (value: number) => number, y: (value: number) => number): Child {
  let path = "";
  let isOpen = false;
  for (const point of points) {
    if (point.y !== null) path += `${isOpen ? "L" : "M"}${trimmed(x(point.x))} ${trimmed(y(point.y))}`;
    isOpen = point.y !== null;
  }
  if (path === "") return null;
  const weight = kind === "model" ? " main" : kind === "other" ? " thin" : "";
  return element("path", { class: `line ${kind}${weight}`, d: path }, element("title", {}, name));
}

function lastPoint({ name, kind, points }: Curve): { name: string; kind: Curve["kind"]; y: number } | null {
  const last = points.findLast((point) => point.y !== null);
  return last === undefined || name === "" ? null : { name, kind, y: last.y! };
}

/** Names to the right, moved apart; those of curves cut off say so. */
function labels(
  ends: readonly { name: string; kind: Curve["kind"]; y: number }[],
  box: Box,
  y: (value: number) => number,
): Child {
  let free = box.top - LABEL_STEP;
  const placed = ends
    .map((end) => ({ ...end, isCut: y(end.y) < box.top - 2, at: Math.max(box.top, y(end.y)) }))
    .sort((a, b) => a.at - b.at)
    .map((end) => {
      free = Math.max(end.at, free + LABEL_STEP);
      return { ...end, at: free };
    });
  const over = Math.max(0, free - (HEIGHT - 8));
  return placed.map(({ name, kind, isCut, at }, index) => {
    const roof = box.top + index * LABEL_STEP;
    const text = `${name}${isCut ? " (above)" : ""}`;
    return element("text", { class: `${kind}-ink`, x: box.right + 8, y: Math.max(roof, at - over) + 3.5 }, text);
  });
}
