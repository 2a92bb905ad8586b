// The curves of early warning: precision over recall, and recall by least lead time.
import { lengthInWords, type Markup } from "../../sheet/index.ts";
import type { EarlyWarning } from "../evaluation-report.ts";
import { decimal, percent } from "./cells.ts";
import { curveChart, type Mark } from "./curve-chart.ts";
import { figure, paragraph } from "./figures.ts";
import { foldedTable, numbers, words } from "./table.ts";

const SHARE_TICKS = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: percent(at, 0)! }));

/** Precision over recall of the model at every threshold, with each method at its own. */
export function precisionFigure({ rule, curve, methods }: EarlyWarning, index: number): Markup {
  const points = curve.flatMap(({ recall, precision }) => (recall === null ? [] : [{ x: recall, y: precision }]));
  const title = "Precision over recall";
  if (points.every(({ y }) => y === null))
    return figure(title, rule, paragraph("Not defined: no incident or no claim."));
  const places = placesOf(methods);
  const marks = places.map(({ kind, x, y }, place): Mark => ({ label: String(place + 1), kind, x, y }));
  const highest = Math.max(...points.map(({ y }) => y ?? 0), ...marks.map(({ y }) => y));
  const top = Math.min(1, Math.max(0.1, Math.ceil(highest * 10 + 1) / 10));
  const drawing = curveChart(`precision-${index}`, {
    title: `${title} of ${rule}`,
    description: `${places.map(({ names, x, y }) => `${names}: recall ${percent(x)}, precision ${percent(y)}`).join("; ")}.`,
    xName: "recall",
    xRange: [0, 1.02],
    xTicks: SHARE_TICKS,
    yRange: [0, top],
    yLabels: (ticks) => ticks.map((tick) => percent(tick, 0)!),
    curves: [{ name: "", kind: "model", points }],
    marks,
  });
  return figure(
    title,
    rule,
    drawing,
    `Line: the model over thresholds. Dots: each method at the threshold chosen for it. ${places
      .map(({ names }, place) => `${place + 1}: ${names}`)
      .join("; ")}.`,
    foldedTable(
      `The model on ${rule} over thresholds`,
      [words("Threshold"), ...numbers("Recall", "Precision", "False alarms / server-week", "Lead p50, min")],
      curve.map(({ threshold, recall, precision, falseAlarmsPerServerWeek, leadMinutesP50 }) => [
        threshold.toPrecision(3),
        percent(recall),
        percent(precision),
        decimal(falseAlarmsPerServerWeek, 2),
        decimal(leadMinutesP50, 0),
      ]),
    ),
  );
}

/** Where the methods are on the chart; those at the same place share a dot. */
function placesOf(methods: EarlyWarning["methods"]): (Omit<Mark, "label"> & { names: string })[] {
  const places: (Omit<Mark, "label"> & { names: string })[] = [];
  for (const [m, { method, recall, precision }] of methods.entries()) {
    if (recall === null || precision === null) continue;
    const same = places.find(({ x, y }) => x === recall && y === precision);
    if (same !== undefined) same.names += `, ${method}`;
    else places.push({ names: method, kind: m === 0 ? "model" : "rival", x: recall, y: precision });
  }
  return places;
}

/** Share of the incidents that the model announced so long before. */
export function leadFigure({ rule, leadCurve }: EarlyWarning, index: number): Markup {
  const title = "Found so long before";
  const last = leadCurve.at(-1);
  if (last === undefined || leadCurve.every(({ recall }) => recall === null)) {
    return figure(title, rule, paragraph("Not defined: no incident began."));
  }
  const told = leadCurve.map(({ leadMs, recall }) => `${lengthInWords(leadMs)}: ${percent(recall) ?? "not defined"}`);
  const drawing = curveChart(`warning-lead-${index}`, {
    title: `Share of the incidents of ${rule} found at least so long before`,
    description: `${told.join("; ")}.`,
    xName: "at least so long before",
    xRange: [0, last.leadMs],
    xTicks: leadCurve
      .filter((_, place) => place % 2 === 0 || leadCurve.length <= 6)
      .map(({ leadMs }) => ({ at: leadMs, label: lengthInWords(leadMs) })),
    yRange: [0, 1],
    yLabels: (ticks) => ticks.map((tick) => percent(tick, 0)!),
    curves: [
      { name: "model", kind: "model", points: leadCurve.map(({ leadMs, recall }) => ({ x: leadMs, y: recall })) },
    ],
  });
  return figure(
    title,
    rule,
    drawing,
    foldedTable(
      `Incidents of ${rule} found by lead time`,
      [words("At least before"), ...numbers("Recall")],
      leadCurve.map(({ leadMs, recall }) => [lengthInWords(leadMs), percent(recall)]),
    ),
  );
}
