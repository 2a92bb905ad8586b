import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ForewarnError } from "../base/index.ts";
import { assertSameContract, diffContracts } from "./diff.ts";
import { fleetContract } from "./fleet.ts";
import { contractHash, contractId, intervalMs } from "./identity.ts";
import type { Contract } from "./schema.ts";

function changed(change: (contract: Contract) => void): Contract {
  const contract = structuredClone(fleetContract);
  change(contract);
  return contract;
}

const changes: [string, (c: Contract) => void, string][] = [
  ["version", (c) => (c.version = "4.1"), 'changed version: Expected "4.0", got "4.1"'],
  ["interval", (c) => (c.interval = "1m"), 'changed interval: Expected "5m", got "1m"'],
  ["unit", (c) => (c.metrics[0]!.unit = "ratio"), 'changed metrics.cpu_pct.unit: Expected "percent", got "ratio"'],
  ["range", (c) => (c.metrics[0]!.max = null), "changed metrics.cpu_pct.max: Expected 100, got null"],
  ["removed metric", (c) => c.metrics.splice(3, 1), "removed metrics.load_average: Expected {"],
  [
    "added metric",
    (c) => c.metrics.push({ ...c.metrics[0]!, name: "gpu_pct" }),
    "added metrics.gpu_pct: Expected nothing, got {",
  ],
  ["order of metrics", (c) => c.metrics.reverse(), "changed metrics (order): Expected ["],
  ["vocabulary", (c) => c.labels[0]!.values.push("cache"), "changed labels.profile.values: Expected ["],
  ["state", (c) => (c.state = null), "removed state: Expected {"],
  ["texts", (c) => (c.texts = []), 'changed texts: Expected ["notes"], got []'],
  ["rule", (c) => (c.breachRules[0]!.for = "30m"), 'changed breachRules.cpu_high.for: Expected "15m", got "30m"'],
];

describe("diffContracts", () => {
  test.each(changes)("%s", (_, change, expected) => {
    const differences = diffContracts(fleetContract, changed(change));
    expect(differences).toHaveLength(1);
    expect(`${differences[0]!.kind} ${differences[0]!.message}`).toContain(expected);
  });

  test("is empty exactly when the hashes are equal", () => {
    const anyChanges = fc.subarray(changes.map(([, change]) => change));
    fc.assert(
      fc.property(anyChanges, anyChanges, (one, other) => {
        const a = changed((c) => one.forEach((change) => void change(c)));
        const b = changed((c) => other.forEach((change) => void change(c)));
        expect(diffContracts(a, b).length === 0).toBe(contractHash(a) === contractHash(b));
      }),
      { numRuns: 50 },
    );
  });
});

describe("contractHash", () => {
  test("leaves out descriptions, key order and the spelling of durations", () => {
    const same = changed((c) => {
      c.description = "other words";
      c.metrics[0]!.description = "other words";
      delete c.labels[0]!.description;
      c.breachRules[0]!.clear = "60m";
      c.interval = "300s";
    });
    const reordered = Object.fromEntries(Object.entries(same).reverse()) as Contract;
    expect(contractHash(reordered)).toBe(contractHash(fleetContract));
    expect(diffContracts(fleetContract, reordered)).toEqual([]);
  });

  test("of fleet/4.0 never changes: a change of the built-in contract needs a new version", () => {
    expect(contractId(fleetContract)).toBe("fleet/4.0");
    expect(contractHash(fleetContract)).toBe("003742ad46735f4b40d28a594ea28ee58d5f8eb4cf83ab2557080dd774f9c0b1");
    expect(intervalMs(fleetContract)).toBe(300_000);
  });
});

test("assertSameContract names the first difference and carries all of them", () => {
  expect(() => assertSameContract(fleetContract, structuredClone(fleetContract), "data set x")).not.toThrow();
  const other = changed((c) => {
    for (const metric of c.metrics) metric.unit = "apples";
  });
  try {
    assertSameContract(fleetContract, other, "data set x");
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error;
    expect(error.code).toBe("contract_mismatch");
    expect(error.issues).toHaveLength(11);
    expect(error.message).toContain("data set x: Expected contract fleet/4.0 (");
    expect(error.message).toContain('metrics.cpu_pct.unit: Expected "percent", got "apples"');
    expect(error.message).toContain("(the first of 11 differences)");
  }
});
