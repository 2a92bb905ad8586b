import { describe, expect, test } from "vitest";
import { unbalancedTags } from "../../../test/helpers/markup.ts";
import { methodScores, sampleReport } from "../../../test/helpers/sample-report.ts";
import type { EvaluationReport } from "../evaluation-report.ts";
import { renderReport } from "./render-report.ts";

const HOSTILE = `"><script>alert('x')</script><b a='&amp;'`;
const report = sampleReport();
const html = render(report);

/** The page, its spaces that do not break as plain ones. */
function render(shown: EvaluationReport): string {
  return renderReport(shown).replaceAll("\u00a0", " ");
}

/** The section with this id. */
function sectionOf(page: string, id: string): string {
  return page.match(new RegExp(`<section id="${id}".*?</section>`, "s"))![0];
}

/** The texts of the cells of the row with this heading in the table with this caption. */
function rowOf(page: string, caption: string, heading: string): string[] {
  const from = page.indexOf(`<caption>${caption}`);
  const [row] = page.slice(from).match(new RegExp(`<th scope="row">${heading}</th>.*?</tr>`, "s"))!;
  return [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell]) => cell!.replaceAll(/<[^>]+>/g, ""));
}

/** Every page must hold to this, whatever its report says. */
function expectSound(page: string): void {
  expect(unbalancedTags(page)).toEqual([]);
  expect(page).not.toMatch(/<script|https?:|NaN|undefined|Infinity|>null/);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
  expect(new Set(ids).size).toBe(ids.length);
  const named = [...page.matchAll(/aria-labelledby="([^"]+)"/g)].flatMap(([, names]) => names!.split(" "));
  const linked = [...page.matchAll(/(?:href="|url\()#([^")]+)/g)].map(([, id]) => id!);
  for (const id of [...named, ...linked]) expect(ids).toContain(id);
  for (const [, drawing] of page.matchAll(/<svg [^>]*role="img"[^>]*>(.*?)<\/svg>/gs)) {
    expect(drawing).toMatch(/^<title id="[^"]+">[^<]+<\/title><desc id="[^"]+">[^<]+<\/desc>/);
  }
}

describe("the page of a full report", () => {
  test("is sound, and the same every time", () => {
    expectSound(html);
    expect(render(sampleReport())).toBe(html);
  });

  test("says first where the model is not better than every baseline, with the interval", () => {
    const verdict = sectionOf(html, "verdict");
    expect(verdict).toContain("The model is not proven better than every baseline on the one metric.");
    expect(verdict).toContain("cpu: no proven difference from drift (loss x 0.99, 0.89 to 1.09).");
    expect(verdict).toContain("cpu: the model is better than most.");
    expect(rowOf(html, "Score of the model", "last value")[0]).toBe("0.70 (0.60 to 0.80) better");
  });

  test("says what the model is bad at, the worst first", () => {
    const verdict = sectionOf(html, "verdict");
    expect(verdict).toContain("on 1 of 2 pairs of metric and time ahead: cpu 0 to 30 min ahead (1.25 x last value).");
    expect(verdict).toContain("on 1 of 2 pairs of metric and label: cpu on role (none) (1.50 x last value).");
    expect(verdict).toContain("The worst server is web1: 1.30 times");
  });

  test("says what was scored", () => {
    const verdict = sectionOf(html, "verdict");
    for (const fact of ["tft_1", "c0ffee", "f00d", "fleet/9.1", "1\u2009234", "2 stale_input", "2026-01-12 00:00"]) {
      expect(verdict).toContain(`<dd>${fact}`);
    }
    expect(verdict).toContain("<dt>Seen in training</dt><dd>no</dd>");
    expect(verdict).toContain("windows overlap");
  });

  test("shows every method in every table and marks the best", () => {
    expect(rowOf(html, "cpu (percent)", "model").slice(3, 5)).toEqual(["\u25cf 1.00", "\u25cf 79.0 %"]);
    expect(rowOf(html, "cpu (percent)", "drift").slice(3, 5)).toEqual(["1.01", "59.0 %"]);
    expect(rowOf(html, "By time ahead", "0 to 30 min")).toEqual([
      "0.500",
      "\u25cf 0.400",
      "0.600",
      "loses 1.250",
      "79.0 %",
    ]);
    expect(rowOf(html, "By label", "role web \\(1 server\\)")[0]).toBe("\u25cf 1.00");
    expect(rowOf(html, "The worst tenth", "web1")).toEqual(["600", "loses 1.300", "0.90"]);
    expect(rowOf(html, "Servers with little history: mean", "6 h")[3]).toBe("0.800");
  });

  test("draws calibration, curves, the forecast with its threshold, and warnings", () => {
    expect(sectionOf(html, "calibration")).toContain("Below the lowest quantile: 20.0 % (should be 10.0 %)");
    expect(sectionOf(html, "lead").match(/<svg /g)).toHaveLength(2);
    const fans = sectionOf(html, "fans");
    expect(fans).toContain("cpu_high: &gt;= 20");
    expect(fans).toContain("50 % of what came lay in the band.");
    expect(sectionOf(html, "breaches")).toContain("said 5.0 %, came 6.0 % (80 windows)");
    const warning = sectionOf(html, "warning");
    expect(warning).toContain("Asked for: recall &gt;= 80%, at least 30 min ahead. Threshold chosen on 6 incidents");
    expect(warning).toContain("1: model; 2: climatology, always on.");
    expect(rowOf(warning, "Alerts on cpu_high", "model")).toEqual([
      "0.400",
      "yes",
      "\u25cf 75.0 %",
      "\u25cf 50.0 %",
      "\u25cf 1.50",
      "40 / 95 / 230",
      "8",
      "3",
      "1",
      "3",
      "0.545",
      "3 of 4",
      "0 of 1",
    ]);
    expect(rowOf(warning, "Incidents of cpu_high", "power loss")).toEqual(["1", "0", "0", "0"]);
  });

  test("defines its measures with their sources", () => {
    for (const term of ["WQL", "MASE", "PIT histogram", "Claim"])
      expect(sectionOf(html, "definitions")).toContain(term);
    expect(html).toContain("arXiv 2410.10393");
  });
});

test("names that are markup stay text", () => {
  const hostile = JSON.parse(
    JSON.stringify(report).replaceAll('"web1"', JSON.stringify(HOSTILE)).replaceAll('"cpu"', JSON.stringify(HOSTILE)),
  ) as EvaluationReport;
  hostile.folds[0]!.modelId = HOSTILE;
  hostile.notes = [HOSTILE];
  const page = render(hostile);
  expectSound(page);
  expect(page).toContain("&lt;script&gt;alert");
});

/** Every score of the report taken away. */
function withoutScores(): EvaluationReport {
  const [fan, breach, warning] = [report.fanCharts[0]!, report.breaches[0]!, report.earlyWarning[0]!];
  const none = { p10: null, p50: null, p90: null };
  const undefinedInterval = { estimate: null, low: null, high: null };
  return {
    ...report,
    relativeToSeasonalNaive: report.relativeToSeasonalNaive.map((row) => ({ ...row, ratio: null, series: 0 })),
    byMetric: report.byMetric.map((table) => ({ ...table, methods: methodScores() })),
    byProfile: report.byProfile.map((table) => ({ ...table, methods: methodScores() })),
    byLeadTime: report.byLeadTime.map((table) => ({ ...table, methods: methodScores() })),
    pit: report.pit.map((pit) => ({ ...pit, observed: pit.observed.map(() => null), count: 0 })),
    differences: report.differences.map((one) => ({
      ...one,
      difference: undefinedInterval,
      ratio: undefinedInterval,
      verdict: "no difference",
    })),
    worstServers: report.worstServers.map((one) => ({ ...one, ratioToBest: null, meanAbsoluteScaledError: null })),
    fanCharts: [{ ...fan, history: [null, null], truth: [null, null, null] }],
    breaches: [{ ...breach, events: 0, skill: null, skillOverPast: null, areaUnderRoc: null, averagePrecision: null }],
    earlyWarning: [
      {
        ...warning,
        truthKnown: false,
        scoredOn: { ...warning.scoredOn, onsets: 0 },
        methods: warning.methods.map((one) => ({
          ...one,
          ...{ recall: null, precision: null, falseAlarmsPerServerWeek: null, leadMinutes: none, kinds: [] },
        })),
        curve: warning.curve.map((point) => ({ ...point, recall: null, precision: null, leadMinutesP50: null })),
        leadCurve: warning.leadCurve.map((point) => ({ ...point, recall: null })),
        spread: { recall: none, precision: none, falseAlarmsPerServerWeek: none },
      },
    ],
  };
}

test("scores that are not defined are said to be so", () => {
  const page = render(withoutScores());
  expectSound(page);
  expect(sectionOf(page, "verdict")).toContain("Nothing could be compared with the baselines.");
  expect(rowOf(page, "cpu (percent)", "model").slice(0, 6)).toEqual(["-", "-", "-", "-", "-", "-"]);
  expect(sectionOf(page, "lead")).toContain("Nothing was observed");
  expect(sectionOf(page, "calibration")).toContain("Nothing was observed");
  expect(sectionOf(page, "fans")).toContain("Nothing was observed afterwards.");
  expect(sectionOf(page, "breaches")).toContain("cpu_high: no incident began");
  expect(sectionOf(page, "warning")).toContain("recall is not defined");
  expect(sectionOf(page, "warning")).toContain("No truth says which incidents could be foreseen");
});

test("a baseline without any loss beats the model, though there is no ratio", () => {
  const [group] = report.byLeadTime;
  const page = render({ ...report, byLeadTime: [{ ...group!, methods: methodScores(0.5, 0, 0.6) }] });
  expectSound(page);
  expect(sectionOf(page, "verdict")).toContain("cpu 0 to 30 min ahead (last value has no loss at all).");
  expect(rowOf(page, "By time ahead", "0 to 30 min")[3]).toBe("loses");
});

test.each<[string, Partial<EvaluationReport>, string, string]>([
  ["no early warning", { earlyWarning: [] }, "warning", "too short to choose a threshold"],
  ["no breach rules", { breaches: [], earlyWarning: [], breachRules: [] }, "warning", "no breach rules"],
  ["no breach rules", { breaches: [], earlyWarning: [], breachRules: [] }, "breaches", "no breach rules"],
  ["no labels", { byProfile: [] }, "scores", "no table by label"],
  ["no cold start", { coldStart: null }, "scores", "--cold-start"],
  ["no servers to draw", { fanCharts: [], worstServers: [] }, "fans", "No server could be drawn"],
  ["data seen in training", { seenInTraining: "yes" }, "verdict", "was seen in training"],
  ["data perhaps seen in training", { seenInTraining: "possibly" }, "verdict", "may have been seen in training"],
  ["folds", { folds: [report.folds[0]!, report.folds[0]!] }, "verdict", "Models, each scored on"],
  [
    "nothing weak",
    { byLeadTime: [], byProfile: [], worstServers: [], earlyWarning: [] },
    "verdict",
    "No group of forecasts",
  ],
  ["a rule without its condition", { breachRules: [] }, "warning", "<h3>cpu_high</h3>"],
])("a report with %s says so", (_name, changes, id, text) => {
  const page = render({ ...report, ...changes });
  expectSound(page);
  expect(sectionOf(page, id)).toContain(text);
});
