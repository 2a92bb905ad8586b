// The first section of the report: the verdict, where the model loses, and what was scored.
import { type Child, element, factList, lengthInWords, type Markup } from "../../sheet/index.ts";
import type { EvaluationReport, PairedDifference } from "../evaluation-report.ts";
import { type Cell, counted, grouped, instant } from "./cells.ts";
import { section, sentences } from "./figures.ts";
import { numbers, type RowGroup, table, words } from "./table.ts";
import { headline, weaknesses } from "./verdict.ts";

/** Verdict, weaknesses, facts and notes. */
export function verdictSection(report: EvaluationReport): Markup {
  const weak = weaknesses(report);
  return section(
    "verdict",
    "Verdict",
    element(
      "div",
      { class: "verdict" },
      headline(report).map((line) => element("p", {}, line)),
    ),
    sentences(report.verdict),
    element("h3", {}, "What it is bad at"),
    weak.length > 0
      ? sentences(weak)
      : element(
          "p",
          {},
          "No group of forecasts, server or warning of this report on which something trivial does better.",
        ),
    differenceTable(report),
    element("h3", {}, "What was scored"),
    factList(facts(report)),
    report.folds.length > 1 ? foldTable(report) : null,
    notes(report),
  );
}

function facts(report: EvaluationReport): [string, string][] {
  const { folds, contract, data, windows, times } = report;
  const refused = Object.entries(windows.refused).map(([code, count]) => `${grouped(count)} ${code}`);
  return [
    [folds.length === 1 ? "Model" : "Models", folds.map(({ modelId }) => modelId).join(", ")],
    ["Seen in training", report.seenInTraining],
    ["Windows", grouped(windows.scored)],
    ["Forecast times", grouped(times.scored)],
    ["Servers", grouped(data.servers)],
    ["From", instant(times.fromMs)],
    ["To", instant(times.toMs)],
    ["Horizon", lengthInWords(report.horizonMs)],
    ["Step", lengthInWords(report.intervalMs)],
    ["Stride", lengthInWords(report.strideMs)],
    ...(folds.length === 1 ? [["Trained until", instant(folds[0]!.trainedUntilMs)] as [string, string]] : []),
    ["Windows refused", refused.length === 0 ? "none" : refused.join(", ")],
    ["Windows without truth", grouped(windows.withoutTruth)],
    ["Contract", contract.id],
    ["Contract hash", contract.hash],
    ["Data fingerprint", data.fingerprint],
    ["Data", `${counted(data.rows, "row")}, ${instant(data.startMs)} to ${instant(data.endMs)}`],
    ["Seed", String(report.seed)],
    ["Forewarn", report.forewarnVersion],
  ];
}

function foldTable({ folds }: EvaluationReport): Markup {
  return table(
    "Models, each scored on time later than it was trained on",
    [words("Model"), ...numbers("Trained until", "Scored from", "Scored to")],
    [
      {
        heading: null,
        rows: folds.map((fold) => [
          fold.modelId,
          instant(fold.trainedUntilMs),
          instant(fold.fromMs),
          instant(fold.toMs),
        ]),
      },
    ],
  );
}

function differenceTable({ differences, byMetric, methods }: EvaluationReport): Child {
  if (differences.length === 0) return null;
  const groups = (["pinball", "MASE"] as const).map((measure): RowGroup => {
    const rows = methods.slice(1).map((baseline): Cell[] => [
      baseline,
      ...byMetric.map(({ metric }) => {
        const found = differences.find(
          (one) => one.metric === metric && one.baseline === baseline && one.measure === measure,
        );
        return found === undefined ? null : differenceCell(found);
      }),
    ]);
    return { heading: measure === "pinball" ? "Pinball loss" : "MASE of the median", rows };
  });
  return table(
    "Score of the model / score of the baseline, with 95 % intervals over servers; below 1 the model is better",
    [words("Baseline"), ...numbers(...byMetric.map(({ metric }) => metric))],
    groups,
  );
}

function differenceCell({ ratio: { estimate, low, high }, verdict }: PairedDifference): Cell {
  if (estimate === null) return null;
  const interval = low === null || high === null ? "" : ` (${low.toFixed(2)} to ${high.toFixed(2)})`;
  const className = verdict === "no difference" ? "muted" : `word-${verdict}`;
  return element(
    "span",
    {},
    `${estimate.toFixed(2)}${interval} `,
    element("span", { class: className }, verdict === "no difference" ? "unproven" : verdict),
  );
}

function notes({ notes }: EvaluationReport): Child {
  if (notes.length === 0) return null;
  return [element("h3", {}, "Notes"), sentences(notes)];
}
