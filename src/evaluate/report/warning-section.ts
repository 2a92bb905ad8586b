// Early warning: what alerts at the chosen threshold would have found, how early and at what cost, beside trivial rules.
import { type Child, element, lengthInWords, type Markup } from "../../sheet/index.ts";
import type { ClaimScores, EarlyWarning, EvaluationReport } from "../evaluation-report.ts";
import { type Cell, competing, counted, decimal, grouped, instant, percent } from "./cells.ts";
import { cards, paragraph, ruleInWords, section } from "./figures.ts";
import { numbers, type RowGroup, table, words } from "./table.ts";
import { leadFigure, precisionFigure } from "./warning-charts.ts";

/** The section on early warning, rule by rule. */
export function warningSection(report: EvaluationReport): Markup {
  const title = "Early warning";
  if (report.earlyWarning.length === 0) {
    const why =
      report.breaches.length === 0
        ? "the model has no breach rules"
        : "the scored time is too short to choose a threshold on its first part";
    return section("warning", title, paragraph(`Early warning is not scored: ${why}.`));
  }
  return section(
    "warning",
    title,
    paragraph(
      "Thresholds are chosen on the first part of the forecast times and scored on the rest, those of the trivial rules too.",
    ),
    report.earlyWarning.map((warning, index) => ruleParts(warning, report, index)),
  );
}

function ruleParts(warning: EarlyWarning, report: EvaluationReport, index: number): Child {
  const { rule, alert, usefulMs, chosenOn, scoredOn } = warning;
  const condition = ruleInWords(report, rule);
  const span = ({ fromMs, toMs }: { fromMs: number; toMs: number }): string => `${instant(fromMs)} to ${instant(toMs)}`;
  return [
    element("h3", {}, condition === null ? rule : `${rule}: ${condition}`),
    paragraph(
      `Asked for: ${alert}, at least ${lengthInWords(usefulMs)} ahead. Threshold chosen on ${counted(chosenOn.onsets, "incident")} ` +
        `(${span(chosenOn)}), scored on ${counted(scoredOn.onsets, "incident")} in ${scoredOn.serverWeeks.toFixed(1)} server-weeks (${span(scoredOn)}).`,
    ),
    scoredOn.onsets === 0 ? paragraph("No incident began in the scored time: recall is not defined.") : null,
    methodTable(warning),
    kindTable(warning),
    paragraph(spreadInWords(warning)),
    cards([precisionFigure(warning, index), leadFigure(warning, index)]),
  ];
}

function methodTable({ rule, methods, truthKnown }: EarlyWarning): Markup {
  const column = (of: (scores: ClaimScores) => string | null, prefer: "low" | "high"): Cell[] =>
    competing(methods.map(of), prefer);
  const columns = [
    column(({ recall }) => percent(recall), "high"),
    column(({ precision }) => percent(precision), "high"),
    column(({ falseAlarmsPerServerWeek }) => decimal(falseAlarmsPerServerWeek, 2), "low"),
  ];
  return table(
    `Alerts on ${rule} by method`,
    [
      words("Method"),
      ...numbers("Threshold", "Contract kept when chosen", "Recall", "Precision", "False alarms / server-week"),
      ...numbers("Lead p10, p50, p90, min", "Claims", "True", "Late", "False", "F1 of decisions"),
      ...(truthKnown ? numbers("Foreseeable found", "Unforeseeable found") : numbers("Incidents found")),
    ],
    [
      {
        heading: null,
        rows: methods.map((scores, m): Cell[] => [
          scores.method,
          scores.threshold.toPrecision(3),
          scores.alertMet ? "yes" : element("span", { class: "word-worse" }, "no"),
          ...columns.map((cells) => cells[m]!),
          leadInWords(scores),
          ...[scores.claims, scores.trueClaims, scores.lateClaims, scores.falseClaims].map(grouped),
          decimal(scores.decisions.f1, 3),
          foundOf(scores),
          ...(truthKnown ? [foundOf(scores.unforeseeable)] : []),
        ]),
      },
    ],
  );
}

/** Quantiles of the lead time in whole minutes; null without a true claim. */
function leadInWords({ leadMinutes: { p10, p50, p90 } }: ClaimScores): string | null {
  return p10 === null || p50 === null || p90 === null ? null : [p10, p50, p90].map(Math.round).join(" / ");
}

/** Incidents by what they came from, the unforeseeable apart; nothing without a truth. */
function kindTable({ rule, methods, truthKnown }: EarlyWarning): Child {
  const kinds = methods[0]?.kinds ?? [];
  if (!truthKnown) return paragraph("No truth says which incidents could be foreseen, so all count alike.");
  if (kinds.length === 0) return null;
  const group = (heading: string, isForeseeable: boolean): RowGroup[] => {
    const own = kinds.filter(({ foreseeable }) => foreseeable === isForeseeable);
    if (own.length === 0) return [];
    const rows = own.map(({ kind, onsets }): Cell[] => [
      kind.replaceAll("_", " "),
      grouped(onsets),
      ...methods.map((method) => {
        const found = method.kinds.find((one) => one.kind === kind && one.foreseeable === isForeseeable);
        return found === undefined ? null : grouped(found.caught);
      }),
    ]);
    return [{ heading, rows }];
  };
  return table(
    `Incidents of ${rule} found, by what they came from`,
    [words("Kind"), ...numbers("Incidents", ...methods.map(({ method }) => method))],
    [...group("Foreseeable", true), ...group("Unforeseeable", false)],
  );
}

function foundOf({ onsets, caught }: { onsets: number; caught: number }): string {
  return `${grouped(caught)} of ${grouped(onsets)}`;
}

function spreadInWords({ spread: { recall, precision, falseAlarmsPerServerWeek } }: EarlyWarning): string {
  const shares = (spread: EarlyWarning["spread"]["recall"]): string =>
    spread.p50 === null
      ? "not defined"
      : [spread.p10, spread.p50, spread.p90].map((share) => percent(share, 0)).join(", ");
  const alarms = [falseAlarmsPerServerWeek.p10, falseAlarmsPerServerWeek.p50, falseAlarmsPerServerWeek.p90];
  const rate = alarms[1] === null ? "not defined" : alarms.map((value) => decimal(value!, 1)).join(", ");
  return `The model over servers (p10, p50, p90): recall ${shares(recall)}; precision ${shares(precision)}; false alarms per server-week ${rate}.`;
}
