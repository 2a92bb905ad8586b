// The report of a backtest as one HTML file that needs no network and no script, drawn from evaluation.json alone.
import { element, type Markup, page, styleHash } from "../../sheet/index.ts";
import type { EvaluationReport } from "../evaluation-report.ts";
import { breachSection, calibrationSection, fanSection } from "./chart-sections.ts";
import { glossarySection } from "./glossary.ts";
import { leadSection } from "./lead-charts.ts";
import { scoreSection } from "./score-section.ts";
import { REPORT_STYLE } from "./style.ts";
import { verdictSection } from "./verdict-section.ts";
import { warningSection } from "./warning-section.ts";

const CONTENTS = [
  ["verdict", "Verdict"],
  ["scores", "Forecasts"],
  ["lead", "By time ahead"],
  ["calibration", "Calibration"],
  ["fans", "Forecasts to look at"],
  ["breaches", "Breach probabilities"],
  ["warning", "Early warning"],
  ["definitions", "Definitions"],
] as const;

/** The one style of every report, as a Content-Security-Policy names it; nothing else in a report has a style. */
export const REPORT_STYLE_HASH = styleHash(REPORT_STYLE);

/**
 * Writes the report as a whole HTML page: the verdict in words first, then the tables, charts and definitions that it rests
 * on. The same report gives the same bytes. Whatever is null in the report is shown as not defined.
 */
export function renderReport(report: EvaluationReport): string {
  const title = `Backtest of ${report.folds.map(({ modelId }) => modelId).join(", ")}`;
  return page(
    title,
    REPORT_STYLE,
    element("h1", {}, title),
    element(
      "p",
      {},
      "Forecasts of the past, made as production makes them, beside trivial baselines. All times are UTC.",
    ),
    contents(),
    verdictSection(report),
    scoreSection(report),
    leadSection(report),
    calibrationSection(report),
    fanSection(report),
    breachSection(report),
    warningSection(report),
    glossarySection(),
  );
}

function contents(): Markup {
  return element(
    "nav",
    { "aria-label": "Contents" },
    element(
      "ul",
      {},
      CONTENTS.map(([id, title]) => element("li", {}, element("a", { href: `#${id}` }, title))),
    ),
  );
}
