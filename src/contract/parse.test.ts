import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ForewarnError } from "../base/index.ts";
import { fleetContract } from "./fleet.ts";
import { parseContract } from "./parse.ts";
import type { Contract } from "./schema.ts";
import { contractTemplate } from "./template.ts";

function issuesOf(document: unknown): string[] {
  try {
    parseContract(document, "test.yaml");
    return [];
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error;
    expect(error.code).toBe("contract_invalid");
    return error.issues.map((issue) => `${issue.code} ${issue.path}: ${issue.message}`);
  }
}

/** The built-in contract with a change. */
function changed(change: (contract: Contract) => void): Contract {
  const contract = structuredClone(fleetContract);
  change(contract);
  return contract;
}

test("the built-in contract and the template are valid", () => {
  expect(parseContract(structuredClone(fleetContract), "fleet")).toEqual(fleetContract);
  expect(issuesOf(parse(contractTemplate))).toEqual([]);
});

describe("checks between fields", () => {
  test.each<[string, (c: Contract) => void, string]>([
    [
      "repeated column",
      (c) => c.texts.push("cpu_pct"),
      "contract_invalid texts[1]: Expected a name of its own, got cpu_pct, which is also metrics[0].name",
    ],
    ["reserved column", (c) => c.texts.push("server"), "contract_invalid texts[1]: Expected another name than server"],
    [
      "simulator truth as text",
      (c) => c.texts.push("problem_child"),
      "column_excluded texts[1]: Expected no column problem_child",
    ],
    ["simulator truth as metric", (c) => (c.metrics[3]!.name = "incident_start"), "column_excluded metrics[3].name"],
    ["simulator truth as state", (c) => (c.state!.name = "truth"), "column_excluded state.name"],
    ["range upside down", (c) => (c.metrics[3]!.max = 0), "metrics[3].min: Expected less than max (0), got 0"],
    [
      "log1p of negative values",
      (c) => (c.metrics[3]!.min = -1),
      "metrics[3].min: Expected 0 or more for transform log1p, got -1",
    ],
    [
      "log1p without minimum",
      (c) => (c.metrics[3]!.min = null),
      "metrics[3].min: Expected 0 or more for transform log1p, got null",
    ],
    [
      "logit without maximum",
      (c) => (c.metrics[3]!.transform = "logit"),
      "metrics[3].transform: Expected a finite min and max for logit, got 0 and null",
    ],
    ["flag beyond 1", (c) => (c.metrics[10]!.max = 2), "metrics[10]: Expected min 0 and max 1 for a flag, got 0 and 2"],
    [
      "flag as target",
      (c) => (c.metrics[10]!.role = "target"),
      "metrics[10].role: Expected observed for a flag, got target",
    ],
    [
      "no target",
      (c) => {
        c.metrics = c.metrics.slice(3);
        c.breachRules = [];
      },
      "metrics: Expected at least one metric with role target, got none",
    ],
    [
      "unknown metric of a rule",
      (c) => (c.breachRules[0]!.metric = "cpu"),
      "breachRules[0].metric: Expected one of cpu_pct, mem_pct",
    ],
    [
      "threshold out of range",
      (c) => (c.breachRules[0]!.threshold = 101),
      "breachRules[0].threshold: Expected a threshold in 0 to 100",
    ],
    [
      "rule that always holds",
      (c) => (c.breachRules[0]!.threshold = 0),
      "breachRules[0].threshold: Expected a threshold in 0 to 100",
    ],
    [
      "rule between steps",
      (c) => (c.breachRules[0]!.for = "12m"),
      "breachRules[0].for: Expected a multiple of the interval, got 12m",
    ],
    [
      "zero duration",
      (c) => (c.breachRules[0]!.clear = "0m"),
      "breachRules[0].clear: Expected a duration such as 5m, got 0m",
    ],
    ["zero interval", (c) => (c.interval = "0s"), "interval: Expected a duration such as 5m, got 0s"],
    [
      "repeated rule",
      (c) => (c.breachRules[1]!.id = "cpu_high"),
      "breachRules: Expected each value once, got cpu_high again",
    ],
    [
      "repeated category",
      (c) => c.labels[0]!.values.push("generic"),
      "labels[0].values: Expected each value once, got generic again",
    ],
    ["repeated state", (c) => c.state!.values.push("idle"), "state.values: Expected each value once, got idle again"],
  ])("%s", (_, change, expected) => {
    const issues = issuesOf(changed(change));
    expect(issues).toHaveLength(1);
    expect(issues[0]).toContain(expected);
  });
});

describe("shape", () => {
  test("every problem is reported at once, with path, expectation and value", () => {
    const document = { ...structuredClone(fleetContract), version: 4, extra: 1, texts: "notes" } as Record<
      string,
      unknown
    >;
    delete document["interval"];
    (document["metrics"] as Record<string, unknown>[])[0]!["kind"] = "gage";
    expect(issuesOf(document).sort()).toEqual([
      "contract_invalid extra: Expected no such key",
      "contract_invalid interval: Expected string, got nothing",
      'contract_invalid metrics[0].kind: Expected one of gauge, counter, flag, got "gage"',
      'contract_invalid texts: Expected array, got "notes"',
      "contract_invalid version: Expected string, got 4 (put it in quotes)",
    ]);
  });

  test("a name with capitals, an empty list and no document at all", () => {
    expect(issuesOf(changed((c) => (c.metrics[0]!.name = "CPU")))[0]).toContain('digits and underscores, got "CPU"');
    expect(issuesOf(changed((c) => (c.metrics = [])))[0]).toContain(
      "metrics: Expected at least 1 of them, got an empty list",
    );
    expect(issuesOf(null)).toEqual(["contract_invalid document: Expected object, got null"]);
  });

  test("arbitrary documents give a contract or contract_invalid, nothing else", () => {
    fc.assert(fc.property(fc.jsonValue(), (document) => void issuesOf(document)));
    const keys = ["name", "version", "interval", "labels", "state", "metrics", "texts", "breachRules"];
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
        issuesOf({ ...fleetContract, [key]: value });
      }),
    );
  });
});
