// Alert rules: defaults, what they become, and every way in which they may be wrong.
import { expect, it } from "vitest";
import { CPU_RULE, HOUR, MINUTE } from "../../test/support/alerts.ts";
import { ForewarnError } from "../base/index.ts";
import { fleetContract } from "../contract/index.ts";
import { checkRulesFit } from "./check-rules.ts";
import { defaultAlertRules, parseAlertRules, watchedEvents } from "./rules.ts";

const QUANTILE = { id: "q", when: "quantile", metric: "cpu_pct", quantile: 0.9, op: ">=", threshold: 95, for: "15m" };
const parse = (...documents: unknown[]) => parseAlertRules(documents, fleetContract, "forewarn.yaml");

it("makes a rule of each breach rule of the contract", () => {
  const rules = defaultAlertRules(fleetContract, { within: "8h", probabilities: { mem_high: 0.42 } });
  expect(rules.map((rule) => [rule.id, rule.when === "breach" && rule.probability, rule.withinMs / HOUR])).toEqual([
    ["cpu_high", 0.5, 8],
    ["mem_high", 0.42, 8],
    ["disk_full", 0.5, 8],
  ]);
  expect(rules[0]).toMatchObject({ clearProbability: 0.3, clearForMs: 15 * MINUTE, forMs: 0, severity: "warning" });
});

it("names equal events once", () => {
  const rules = parse(CPU_RULE, { ...CPU_RULE, id: "other" }, { ...QUANTILE, within: "8h" });
  expect(watchedEvents(rules).map(({ id, forSteps, clearSteps }) => [id, forSteps, clearSteps])).toEqual([
    ["cpu_high", 3, 12],
    ["cpu_pct >= 95 for 15m", 3, 12],
  ]);
});

it.each([
  [{ ...CPU_RULE, rule: "nope" }, "[0].rule: Expected one of cpu_high, mem_high, disk_full, got nope"],
  [
    { ...CPU_RULE, clear: { probability: 0.5, for: "5m" } },
    "[0].clear.probability: Expected less than probability 0.5",
  ],
  [{ ...CPU_RULE, within: "0m" }, "[0].within: Expected more than 0"],
  [{ ...CPU_RULE, probability: 1 }, "[0].probability:"],
  [{ ...CPU_RULE, surprise: 1 }, "surprise"],
  [{ ...CPU_RULE, when: "never" }, "[0].when:"],
  [{ ...CPU_RULE, id: "Bad Name" }, "[0].id: Expected a name"],
  [{ ...QUANTILE, within: "8h", metric: "load_average" }, "[0].metric: Expected a forecast metric"],
  [
    { ...QUANTILE, within: "8h", clear: { threshold: 99, for: "5m" } },
    "[0].clear.threshold: Expected one on the clear",
  ],
])("refuses %o", (document, message) => {
  const error = capture(() => parse(document));
  expect(error.code).toBe("alert_rules_invalid");
  expect(error.message).toContain(message);
});

it("reports every problem, and identifiers that occur twice", () => {
  const error = capture(() => parse(CPU_RULE, { ...CPU_RULE, rule: "nope" }));
  expect(error.issues.map(({ path }) => path)).toEqual(["[1].rule", "[1].id"]);
});

it("refuses rules that the model never answers", () => {
  const answers = { withinMs: [HOUR, 4 * HOUR], levels: [0.1, 0.5, 0.9] };
  const check = (...documents: unknown[]) => checkRulesFit(parse(...documents), answers, "forewarn.yaml");
  check(CPU_RULE, { ...QUANTILE, within: "2h" });
  const error = capture(() => check({ ...CPU_RULE, within: "3h" }, { ...QUANTILE, within: "8h", quantile: 0.8 }));
  expect(error.issues.map(({ message }) => message)).toEqual([
    "Expected a horizon of the model (1h, 4h), got 3h",
    "Expected at most 4h, got 8h",
    "Expected one of 0.1, 0.5, 0.9, got 0.8",
  ]);
});

function capture(run: () => unknown): ForewarnError {
  try {
    run();
  } catch (error) {
    if (error instanceof ForewarnError) return error;
  }
  throw new Error("Expected a ForewarnError");
}
