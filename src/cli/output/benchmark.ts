// Benchmarks as text: our rows, the trivial forecasts on the same windows, and the published table beside them.
import type { BitbrainsReport, BitbrainsRow, BitbrainsScores, IncidentReport } from "../../evaluate/index.ts";
import { formatAlertContract, OFFICIAL_BINS, PUBLISHED } from "../../evaluate/index.ts";
import { type Column, renderTable } from "./table.ts";

/** Renders a report of `forewarn benchmark bitbrains`. */
export function bitbrainsText(report: BitbrainsReport): string {
  const { testBins, horizonSteps, windows, servers, models, baselines } = report;
  return [
    `bitbrains_rnd/5T, test bins ${testBins.first}..${testBins.last}: ${windows} windows of ${horizonSteps} steps, ` +
      `${servers} servers (lower is better, coverage of [p10, p90] should be 0.800)`,
    "",
    rowsTable([...models, ...baselines]),
    ...publishedText(report),
  ].join("\n");
}

/** Renders a report of `forewarn benchmark asd` or `nab`. */
export function incidentsText(report: IncidentReport): string {
  const { benchmark, servers, incidents, incidentsBefore, falseAlarmsPerServerWeek, rows } = report;
  const limit = formatAlertContract({ kind: "false-alarms", atMostPerServerWeek: falseAlarmsPerServerWeek });
  const titles = ["recall", "precision", "false / week", "lead p50 (p10) min", "late", "claims", "false, during"];
  const columns = [{ title: "" }, ...[...titles, "quiet false / week"].map(right)];
  const cells = rows.map(({ name, score, quietFalseAlarms, falseClaimsDuringIncidents }) => [
    name,
    ...[score.events.recall, score.precision, score.falseAlarmsPerServerWeek].map(threeDecimals),
    `${minutes(score.leadMinutes.p50)} (${minutes(score.leadMinutes.p10)})`,
    ...[score.events.detectedLate, score.claims, falseClaimsDuringIncidents].map(String),
    threeDecimals(quietFalseAlarms),
  ]);
  const broken = rows.filter(({ isMet }) => !isMet).map(({ name }) => name);
  return [
    `${benchmark}: ${servers} servers, ${rows[0]!.score.events.count} of ${incidents} labelled incidents begin where decisions are scored` +
      `${incidentsBefore > 0 ? ` (${incidentsBefore} more begin before the test)` : ""}`,
    `A claim says: an incident begins in 30 min to 8 h. Thresholds: ${limit} on the quiet days before the test.`,
    "",
    renderTable(columns, cells),
    "late: incidents announced less than 30 min ahead. false, during: false claims opened while an incident lasted.",
    ...(broken.length > 0 ? [`no threshold keeps the limit on the quiet days: ${broken.join(", ")}`] : []),
    "",
  ].join("\n");
}

function minutes(value: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(0);
}

function right(title: string): Column {
  return { title, align: "right" };
}

function rowsTable(rows: readonly BitbrainsRow[]): string {
  const metrics = Object.keys(rows[0]!.byMetric);
  const columns = [
    { title: "" },
    ...["MASE", "CRPS", "ND", "coverage"].map(right),
    ...metrics.map((metric) => right(`MASE / CRPS ${metric}`)),
  ];
  const cells = rows.map(({ name, all, byMetric }) => [
    name,
    ...[all.mase, all.crps, all.nd, all.coverage].map(threeDecimals),
    ...metrics.map((metric) => pairText(byMetric[metric]!)),
  ]);
  return renderTable(columns, cells);
}

/** The published table, and what it may be compared with. */
function publishedText({ horizonSteps, isOfficial, models }: BitbrainsReport): string[] {
  const official = OFFICIAL_BINS[horizonSteps];
  if (official === undefined) return ["published: nothing for this horizon (48, 480 and 720 steps are)", ""];
  const range = `${official.first}..${official.last}`;
  const verdict = isOfficial
    ? `These are the official test windows (bins ${range}): the rows below compare with ours.`
    : `NOT comparable with the rows above: published scores are of the official test windows, bins ${range}.`;
  const rows = PUBLISHED.map(({ name, scores }) => [name, ...scores[horizonSteps]!.map(threeDecimals)]);
  const own = isOfficial ? models.map(({ name, all }) => [name, ...[all.mase, all.crps].map(threeDecimals)]) : [];
  const columns = [{ title: "published" }, ...["MASE", "CRPS"].map(right)];
  return [
    verdict,
    "Source: github.com/SalesforceAIResearch/gift-eval, results at commit 4fd98a9, self-reported.",
    "",
    renderTable(columns, [...rows, ...own]),
  ];
}

function pairText({ mase, crps }: BitbrainsScores): string {
  return `${threeDecimals(mase)} / ${threeDecimals(crps)}`;
}

function threeDecimals(value: number | null): string {
  return value === null || Number.isNaN(value) ? "-" : value.toFixed(3);
}
