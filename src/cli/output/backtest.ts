// The report of a backtest as text: the verdict, then the tables that it rests on.
import { formatDuration } from "../../base/index.ts";
import type { EvaluationReport } from "../../evaluate/index.ts";
import { breachTable, warningText } from "./backtest-incidents.ts";
import { coldStartTable, leadTable, metricTable, profileTable, serverTable } from "./backtest-scores.ts";

/** Everything a person needs to judge the model, without the charts. */
export function backtestText(report: EvaluationReport): string {
  const profiles =
    report.byProfile.length === 0 ? [] : [section("by label: the model and the best baseline", profileTable(report))];
  const breaches = report.breaches.length === 0 ? [] : [section("breach probabilities", breachTable(report))];
  return [
    header(report),
    ...report.byMetric.map((table) => section(`${table.metric} (${table.unit})`, metricTable(report, table))),
    section("by time ahead: the model and the best baseline", leadTable(report)),
    ...profiles,
    section("worst servers (pinball loss over that of the fleet's best baseline)", serverTable(report)),
    ...breaches,
    ...report.earlyWarning.map(warningText),
    ...(report.coldStart === null ? [] : [section("servers with little history", coldStartTable(report.coldStart))]),
  ].join("\n");
}

function section(title: string, table: string): string {
  return `${title}\n${table}`;
}

function header({ folds, times, windows, strideMs, verdict }: EvaluationReport): string {
  const refused = Object.values(windows.refused).reduce((sum, count) => sum + count, 0);
  return [
    `model    ${folds.map(({ modelId }) => modelId).join(", ")}`,
    `scored   ${windows.scored} windows at ${times.scored} forecast times every ${formatDuration(strideMs)}, ` +
      `${new Date(times.fromMs).toISOString()} to ${new Date(times.toMs).toISOString()}; ${refused} refused`,
    "",
    ...verdict,
    "",
  ].join("\n");
}
