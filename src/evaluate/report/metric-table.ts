// The table of one metric: every measure of every method.
import type { Markup } from "../../sheet/index.ts";
import type { EvaluationReport, MethodScores } from "../evaluation-report.ts";
import { type Cell, competing, decimal, decimalsFor, grouped, percent } from "./cells.ts";
import { numbers, table, words } from "./table.ts";

/** Writes the table; the best of a column is marked. */
export function metricTable(
  { quantileLevels }: EvaluationReport,
  { metric, unit, methods }: EvaluationReport["byMetric"][number],
): Markup {
  const column = (of: (scores: MethodScores) => number | null): Cell[] => {
    const values = methods.map(of);
    const digits = decimalsFor(values);
    return competing(
      values.map((value) => decimal(value, digits)),
      "low",
    );
  };
  const nominal = (quantileLevels.at(-1) ?? 0) - (quantileLevels[0] ?? 0);
  const columns = [
    column((scores) => scores.weightedQuantileLoss),
    column((scores) => scores.meanAbsoluteScaledError),
    column((scores) => scores.meanAbsoluteError),
    column((scores) => scores.pinball),
    coverageColumn(methods, nominal),
    methods.map(({ width }) => decimal(width, decimalsFor(methods.map((scores) => scores.width)))),
    methods.map(({ crossings }) => grouped(crossings)),
  ];
  return table(
    `${metric} (${unit}), ${grouped(methods[0]?.count ?? 0)} observed steps`,
    [
      words("Method"),
      ...numbers("WQL", "MASE", "MAE", "Pinball", `Coverage, target ${percent(nominal, 0)}`, "Width", "Crossings"),
    ],
    [{ heading: null, rows: methods.map(({ method }, m) => [method, ...columns.map((cells) => cells[m]!)]) }],
  );
}

/** Coverage in percent; the best is the closest to the target. */
function coverageColumn(methods: readonly MethodScores[], nominal: number): Cell[] {
  const misses = methods.map(({ coverage }) => decimal(coverage === null ? null : Math.abs(coverage - nominal), 3));
  const marked = competing(misses, "low");
  return methods.map(({ coverage }, m) => {
    const text = percent(coverage);
    return text !== null && typeof marked[m] === "object" ? competing([text], "high")[0]! : text;
  });
}
