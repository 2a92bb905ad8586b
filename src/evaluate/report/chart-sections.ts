// The sections of charts: calibration, and forecasts of the best, the median and the worst server.
import { element, legend, lengthInWords, type Markup } from "../../sheet/index.ts";
import type { EvaluationReport } from "../evaluation-report.ts";
import { decimal, grouped } from "./cells.ts";
import { fanFigure } from "./fan-chart.ts";
import { cards, paragraph, ruleInWords, section, sentences } from "./figures.ts";
import { pitFigure } from "./pit-chart.ts";
import { reliabilityFigure } from "./reliability-chart.ts";
import { numbers, table, words } from "./table.ts";

const RANKS = [
  ["best", "The best server"],
  ["median", "The median server"],
  ["worst", "The worst server"],
] as const;

/** Whether the quantiles hold what they say. */
export function calibrationSection({ pit, quantileLevels }: EvaluationReport): Markup {
  return section(
    "calibration",
    "Calibration",
    paragraph(
      "How often the truth fell between neighbouring quantiles of the model, over how often it should have: flat at 1 x is calibrated, high ends mean bands that are too narrow.",
    ),
    pit.length === 0
      ? paragraph("No histogram was recorded.")
      : cards(pit.map((one, index) => pitFigure(one, quantileLevels, index))),
  );
}

/** Breach probabilities: their scores, and the reliability diagrams of the rules with incidents. */
export function breachSection(report: EvaluationReport): Markup {
  const { breaches } = report;
  const title = "Breach probabilities";
  if (breaches.length === 0) return section("breaches", title, paragraph("The model has no breach rules."));
  const rules = [...new Set(breaches.map(({ rule }) => rule))];
  const drawn = breaches.filter(({ events, withinMs }) => events > 0 && withinMs === report.horizonMs);
  const silent = rules.filter((rule) => breaches.every((one) => one.rule !== rule || one.events === 0));
  return section(
    "breaches",
    title,
    paragraph(
      "Windows that begin in an incident are left out. Skill above 0 is better than always saying the share of incidents.",
    ),
    sentences(silent.map((rule) => `${rule}: no incident began, so its probabilities cannot be judged.`)),
    table(
      "Scores of the probabilities that an incident begins in time",
      [
        words("Within"),
        ...numbers(
          "Windows",
          "Incidents",
          "Brier",
          "Skill",
          "Skill over own past",
          "Log score",
          "AUC",
          "Average precision",
          "Calibration error",
        ),
      ],
      rules.map((rule) => ({
        heading: [rule, ruleInWords(report, rule)].filter((part) => part !== null).join(": "),
        rows: breaches
          .filter((one) => one.rule === rule)
          .map((scores) => [
            lengthInWords(scores.withinMs),
            grouped(scores.windows),
            grouped(scores.events),
            decimal(scores.brier, 4),
            decimal(scores.skill, 3),
            decimal(scores.skillOverPast, 3),
            decimal(scores.logScore, 4),
            decimal(scores.areaUnderRoc, 3),
            decimal(scores.averagePrecision, 3),
            decimal(scores.expectedCalibrationError, 3),
          ]),
      })),
    ),
    cards(drawn.map(reliabilityFigure)),
  );
}

/** Forecasts to look at. */
export function fanSection(report: EvaluationReport): Markup {
  const { fanCharts } = report;
  if (fanCharts.length === 0) return section("fans", "Forecasts to look at", paragraph("No server could be drawn."));
  return section(
    "fans",
    "Forecasts to look at",
    paragraph(
      "The last window of the servers with the lowest, the median and the highest loss over the best baselines.",
    ),
    signs(),
    RANKS.flatMap(([rank, title]) => {
      const own = fanCharts.map((fan, index) => ({ fan, index })).filter(({ fan }) => fan.title === rank);
      if (own.length === 0) return [];
      const heading = element("h3", {}, `${title}: ${own[0]!.fan.server}`);
      return [heading, cards(own.map(({ fan, index }) => fanFigure(fan, report, index)))];
    }),
  );
}

function signs(): Markup {
  const stroke = (className: string): Markup => element("path", { class: className, d: "M0 6H26" });
  return legend([
    [stroke("line truth"), "what was measured"],
    [stroke("line model"), "median forecast"],
    [element("rect", { class: "band", x: 0, y: 0, width: 26, height: 12 }), "from the lowest to the highest quantile"],
    [element("path", { class: "origin", d: "M13 0V12" }), "time of the forecast"],
    [stroke("threshold"), "threshold of a breach"],
  ]);
}
