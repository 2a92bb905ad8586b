// Curves over the time ahead: the loss and the coverage of the model, beside the baselines.
import { lengthInWords, type Markup, tickLabels } from "../../sheet/index.ts";
import type { EvaluationReport, MethodScores } from "../evaluation-report.ts";
import { percent } from "./cells.ts";
import { type Curve, type CurveChart, curveChart } from "./curve-chart.ts";
import { cards, contenders, figure, paragraph, section } from "./figures.ts";

/** A baseline this much worse than the model is cut off, so that the others can be told apart. */
const MOST_TIMES = 3;

type Metric = EvaluationReport["byMetric"][number];

/** The section of curves over the time ahead. */
export function leadSection(report: EvaluationReport): Markup {
  const metrics = report.byMetric.filter(({ methods }) => methods[0]?.pinball != null);
  if (metrics.length === 0)
    return section("lead", "By time ahead", paragraph("Nothing was observed, so there are no curves."));
  return section(
    "lead",
    "By time ahead",
    paragraph(
      "Blue is the model, orange the best baseline of the metric, gray the others. The table by time ahead has the numbers.",
    ),
    cards([
      ...metrics.map((metric, index) => figure(metric.metric, "pinball loss", lossChart(report, metric, index))),
      ...metrics.map((metric, index) => figure(metric.metric, "coverage", coverageChart(report, metric, index))),
    ]),
  );
}

function lossChart(report: EvaluationReport, metric: Metric, index: number): Markup {
  const curves = curvesOf(report, metric, ({ pinball }) => pinball);
  const of = (curve: Curve): number[] => curve.points.flatMap(({ y }) => y ?? []);
  const near = Math.max(0, ...curves.filter(({ kind }) => kind !== "other").flatMap(of)) * MOST_TIMES;
  const top = Math.min(near, Math.max(0, ...curves.flatMap(of))) || 1;
  return curveChart(`lead-loss-${index}`, {
    ...axisOf(report, metric),
    title: `Pinball loss of ${metric.metric} by time ahead`,
    description: describe(curves, (value) => `${value.toPrecision(3)} ${metric.unit}`),
    yRange: [0, top * 1.05],
    yLabels: tickLabels,
    curves,
  });
}

function coverageChart(report: EvaluationReport, metric: Metric, index: number): Markup {
  const { quantileLevels: levels } = report;
  const nominal = (levels.at(-1) ?? 0) - (levels[0] ?? 0);
  const curves = curvesOf(report, metric, ({ coverage }) => coverage);
  return curveChart(`lead-coverage-${index}`, {
    ...axisOf(report, metric),
    title: `Coverage of ${metric.metric} by time ahead`,
    description: `Target ${percent(nominal)}. ${describe(curves, (value) => percent(value)!)}`,
    yRange: [0, 1],
    yLabels: (ticks) => ticks.map((tick) => percent(tick, 0)!),
    curves,
    target: { value: nominal, label: `target ${percent(nominal, 0)}` },
  });
}

function groupsOf({ byLeadTime }: EvaluationReport, { metric }: Metric): EvaluationReport["byLeadTime"] {
  return byLeadTime.filter((group) => group.metric === metric);
}

function axisOf(report: EvaluationReport, metric: Metric): Pick<CurveChart, "xName" | "xRange" | "xTicks"> {
  const groups = groupsOf(report, metric);
  return {
    xName: "time ahead, up to",
    xRange: [-0.25, groups.length - 0.75],
    xTicks: groups.map(({ toMs }, at) => ({ at, label: lengthInWords(toMs) })),
  };
}

function curvesOf(report: EvaluationReport, metric: Metric, of: (scores: MethodScores) => number | null): Curve[] {
  const groups = groupsOf(report, metric);
  const best = contenders(metric).best?.method;
  return report.methods.map(
    (method, m): Curve => ({
      name: method,
      kind: m === 0 ? "model" : method === best ? "rival" : "other",
      points: groups.map(({ methods }, x) => {
        const scores = methods.find((one) => one.method === method);
        return { x, y: scores === undefined ? null : of(scores) };
      }),
    }),
  );
}

/** The first and the last value of the model and of the best baseline. */
function describe(curves: readonly Curve[], write: (value: number) => string): string {
  return curves
    .filter(({ kind }) => kind !== "other")
    .map(({ name, points }) => {
      const values = points.flatMap(({ y }) => y ?? []);
      if (values.length === 0) return `${name}: not defined.`;
      return `${name}: from ${write(values[0]!)} to ${write(values.at(-1)!)}.`;
    })
    .join(" ");
}
