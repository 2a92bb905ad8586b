// Incidents in the text of a backtest: breach probabilities, and what warnings made of them are worth.
import { formatDuration } from "../../base/index.ts";
import type { EvaluationReport } from "../../evaluate/index.ts";
import { number, percent, right } from "./backtest-cells.ts";
import { renderTable } from "./table.ts";

/** One line per rule and time. */
export function breachTable({ breaches }: EvaluationReport): string {
  const columns = [
    "windows",
    "incidents",
    "Brier",
    "skill",
    "over own past",
    "AUC",
    "average precision",
    "calibration error",
  ].map(right);
  return renderTable(
    [{ title: "rule" }, { title: "within" }, ...columns],
    breaches.map((scores) => [
      scores.rule,
      formatDuration(scores.withinMs),
      String(scores.windows),
      String(scores.events),
      number(scores.brier, 4),
      number(scores.skill, 3),
      number(scores.skillOverPast, 3),
      number(scores.areaUnderRoc, 3),
      number(scores.averagePrecision, 3),
      number(scores.expectedCalibrationError, 3),
    ]),
  );
}

/** The claims of every method under one rule, with how their thresholds were chosen. */
export function warningText({
  rule,
  alert,
  usefulMs,
  chosenOn,
  scoredOn,
  truthKnown,
  methods,
}: EvaluationReport["earlyWarning"][number]): string {
  const title =
    `early warning of ${rule}, at least ${formatDuration(usefulMs)} ahead; thresholds for "${alert}" chosen on ` +
    `${chosenOn.onsets} incidents, scored on ${scoredOn.onsets} in ${scoredOn.serverWeeks.toFixed(1)} server-weeks`;
  const columns = ["threshold", "recall", "precision", "false alarms / server-week", "lead p50", "F1 of decisions"].map(
    right,
  );
  return `${title}\n${renderTable(
    [{ title: "method" }, ...columns, ...(truthKnown ? [right("unforeseeable")] : [])],
    methods.map((scores) => [
      scores.method,
      `${scores.threshold.toPrecision(3)}${scores.alertMet ? "" : " (contract not kept)"}`,
      percent(scores.recall),
      percent(scores.precision),
      number(scores.falseAlarmsPerServerWeek, 2),
      scores.leadMinutes.p50 === null ? "-" : `${scores.leadMinutes.p50.toFixed(0)} min`,
      number(scores.decisions.f1, 3),
      ...(truthKnown ? [`${scores.unforeseeable.caught} of ${scores.unforeseeable.onsets}`] : []),
    ]),
  )}${kindsText(methods)}`;
}

/** What the methods caught of each kind of incident that the truth tells apart; nothing without a truth. */
function kindsText(methods: EvaluationReport["earlyWarning"][number]["methods"]): string {
  const kinds = methods[0]!.kinds;
  if (kinds.length === 0) return "";
  return `caught, by kind of incident\n${renderTable(
    [{ title: "method" }, ...kinds.map(({ kind }) => right(kind))],
    methods.map((scores) => [scores.method, ...scores.kinds.map(({ onsets, caught }) => `${caught} of ${onsets}`)]),
  )}`;
}
