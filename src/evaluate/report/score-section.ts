// The tables of forecast scores: by metric, time ahead, label and server, the baselines always beside.
import { type Child, element, lengthInWords, type Markup } from "../../sheet/index.ts";
import type { Comparison, EvaluationReport } from "../evaluation-report.ts";
import { type Cell, competing, counted, decimal, decimalsFor, grouped, percent } from "./cells.ts";
import { aheadInWords, loses, paragraph, ratioToBest, section } from "./figures.ts";
import { metricTable } from "./metric-table.ts";
import { numbers, type RowGroup, table, words } from "./table.ts";

/** All tables of forecast scores. */
export function scoreSection(report: EvaluationReport): Markup {
  const { byLeadTime, byProfile, methods } = report;
  const comparisons = (groups: readonly (Comparison & { name: string })[], caption: string, heading: string): Markup =>
    table(
      `${caption}: mean pinball loss in the metric's unit, by method`,
      [words(heading), ...numbers(...methods, "model / best baseline", "coverage of the model")],
      byMetricOf(report, groups),
    );
  return section(
    "scores",
    "Forecasts",
    paragraph(
      "A dot marks the best of its column or row. Lower is better, but for coverage, whose best is closest to its target.",
    ),
    report.byMetric.map((one) => metricTable(report, one)),
    element("div", {}, relativeTable(report)),
    comparisons(
      byLeadTime.map((group) => ({ ...group, name: aheadInWords(group) })),
      "By time ahead",
      "Ahead",
    ),
    byProfile.length === 0
      ? paragraph("The contract has no labels, so there is no table by label.")
      : comparisons(
          byProfile.map((group) => ({
            ...group,
            name: `${group.label} ${group.value ?? "(none)"} (${counted(group.servers, "server")})`,
          })),
          "By label",
          "Label",
        ),
    serverTable(report),
    coldStart(report),
  );
}

/** Rows under the heading of their metric. */
function byMetricOf(report: EvaluationReport, groups: readonly (Comparison & { name: string })[]): RowGroup[] {
  return report.byMetric.map(({ metric, unit }) => {
    const own = groups.filter((group) => group.metric === metric);
    const digits = decimalsFor(own.flatMap(({ methods }) => methods.map(({ pinball }) => pinball)));
    const rows = own.map((group): Cell[] => [
      group.name,
      ...competing(
        report.methods.map((method) => {
          const found = group.methods.find((scores) => scores.method === method);
          return decimal(found?.pinball ?? null, Math.min(digits, 4));
        }),
        "low",
      ),
      ratioCell(ratioToBest(group), loses(group)),
      percent(group.methods[0]?.coverage ?? null),
    ]);
    return { heading: `${metric} (${unit})`, rows };
  });
}

function ratioCell(ratio: number | null, isLost: boolean): Cell {
  const text = decimal(ratio, 3);
  if (!isLost) return text;
  return element("span", {}, element("span", { class: "word-worse" }, "loses"), text === null ? "" : ` ${text}`);
}

function relativeTable({ relativeToSeasonalNaive: rows }: EvaluationReport): Child {
  const ratios = competing(
    rows.map(({ ratio }) => decimal(ratio, 3)),
    "low",
  );
  return table(
    "All metrics together: geometric mean over series of the pinball loss / that of the seasonal naive",
    [words("Method"), ...numbers("Ratio", "Series")],
    [{ heading: null, rows: rows.map(({ method, series }, index) => [method, ratios[index]!, grouped(series)]) }],
  );
}

function serverTable({ worstServers }: EvaluationReport): Child {
  if (worstServers.length === 0) return paragraph("No server could be ranked.");
  return table(
    "The worst tenth of the servers: pinball loss / that of the fleet's best baseline of each metric",
    [words("Server"), ...numbers("Windows", "Model / best baseline", "MASE of the model")],
    [
      {
        heading: null,
        rows: worstServers.map(({ server, windows, ratioToBest: ratio, meanAbsoluteScaledError }) => [
          server,
          grouped(windows),
          ratioCell(ratio, ratio !== null && ratio > 1),
          decimal(meanAbsoluteScaledError, 2),
        ]),
      },
    ],
  );
}

function coldStart(report: EvaluationReport): Child {
  const { coldStart: groups, methods } = report;
  if (groups === null)
    return paragraph("Servers with little history (cold start) were not scored: --cold-start asks for it.");
  return [
    table(
      "Servers with little history: windows that production would forecast",
      [words("History"), ...numbers("Servers", "Windows", "Refused")],
      [
        {
          heading: null,
          rows: groups.map(({ historyMs, servers, windows, refused }) => [
            lengthInWords(historyMs),
            ...[servers, windows, refused].map(grouped),
          ]),
        },
      ],
    ),
    groups.every(({ comparisons }) => comparisons.length === 0)
      ? paragraph("All of them were refused: there is too little history for a forecast.")
      : table(
          "Servers with little history: mean pinball loss in the metric's unit, by method",
          [words("History"), ...numbers(...methods, "model / best baseline", "coverage of the model")],
          byMetricOf(
            report,
            groups.flatMap(({ historyMs, comparisons }) =>
              comparisons.map((comparison) => ({ ...comparison, name: lengthInWords(historyMs) })),
            ),
          ),
        ),
  ];
}
