import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { ForewarnError } from "../../base/index.ts";
import { contractTemplate } from "../../contract/index.ts";
import { parseQuery } from "../../promql/index.ts";
import type { MappingInput } from "./document.ts";
import { BUILT_IN_MAPPINGS, mappingText, openMapping, readMapping } from "./read-mapping.ts";

const folder = mkdtempSync(join(tmpdir(), "forewarn-mapping-"));
afterAll(() => rmSync(folder, { recursive: true }));
const mapping = {
  contract: "fleet",
  metrics: { cpu_pct: { expression: "cpu" }, mem_pct: { expression: "avg_over_time(mem[$interval])" } },
} satisfies MappingInput;

describe("a mapping", () => {
  it("has the interval of its contract in its expressions, and defaults", () => {
    const { metrics, serverLabel, serverPattern, present, intervalMs } = openMapping(mapping, "m.yaml");
    expect(metrics.map(({ metric, expression }) => [metric.name, expression])).toEqual([
      ["cpu_pct", "cpu"],
      ["mem_pct", "avg_over_time(mem[5m])"],
    ]);
    expect([serverLabel, present, intervalMs]).toEqual(["instance", null, 300_000]);
    expect(["web1:9100", "web1", "[::1]:9100"].map((text) => serverPattern.exec(text)![1])).toEqual([
      "web1",
      "web1",
      "[::1]",
    ]);
  });

  it("has its parts in its expressions; a part may use those above it", () => {
    const parts = { job: 'job="a"', load: "load{$job}[$interval]", later: "$load" };
    const expression = 'label_replace(avg_over_time($later), "x", "$1$none", "y", ".+")';
    const { metrics } = openMapping(
      { ...mapping, parts, metrics: { ...mapping.metrics, cpu_pct: { expression } } },
      "m",
    );
    expect(metrics[0]!.expression).toBe('label_replace(avg_over_time(load{job="a"}[5m]), "x", "$1$none", "y", ".+")');
  });

  it("is read from a file, with a contract beside it, and written so that it is read as the same", () => {
    writeFileSync(join(folder, "contract.yaml"), contractTemplate);
    const document: MappingInput = { ...mapping, contract: "contract.yaml", server: { label: "host" } };
    writeFileSync(join(folder, "mapping.yaml"), mappingText(document, ["made by a test"]));
    const read = readMapping(join(folder, "mapping.yaml"));
    expect(read.contract.name).toBe("my-fleet");
    expect(read.serverLabel).toBe("host");
    expect(read.metrics.map(({ expression }) => expression)).toEqual(["cpu", "avg_over_time(mem[5m])"]);
  });

  test.each(Object.entries(BUILT_IN_MAPPINGS))(
    "%s is valid, maps its whole contract and can be written",
    (name, document) => {
      const { contract, metrics } = readMapping(name);
      expect(metrics.map(({ metric }) => metric)).toEqual(contract.metrics);
      for (const { expression } of metrics) expect(parseQuery(expression)).toBeDefined();
      writeFileSync(join(folder, `${name}.yaml`), mappingText(document, []));
      expect(readMapping(join(folder, `${name}.yaml`)).metrics).toEqual(metrics);
    },
  );

  test.each<[string, unknown, string[]]>([
    ["nothing", null, ["document: Expected object, got null"]],
    ["no contract", { metrics: {} }, ["contract: Expected a contract name, path or document"]],
    [
      "unknown names and keys",
      { ...mapping, server: { lable: "x" }, metrics: { ...mapping.metrics, cpu_pct: { query: "cpu" } } },
      [
        "server.lable: Expected no such key",
        "metrics.cpu_pct.expression: Expected string, got undefined",
        "metrics.cpu_pct.query: Expected no such key",
      ],
    ],
    [
      "an unknown metric, a missing one and bad expressions, all at once",
      {
        contract: "fleet",
        server: { present: "1 +" },
        metrics: { cpu: { expression: "cpu" }, cpu_pct: { expression: "rate(cpu[$range])" } },
      },
      [
        "metrics.cpu: Expected one of cpu_pct, mem_pct,",
        "metrics.mem_pct: Expected an expression, which the contract requires, got nothing",
        "server.present: query: Expected an expression, got the end",
        "metrics.cpu_pct: query: Expected",
      ],
    ],
    [
      "a part that would hide the interval",
      { ...mapping, parts: { interval: "1h" } },
      ["parts.interval: Expected a name such as no_disk, not interval"],
    ],
    [
      "expressions of other types",
      { ...mapping, metrics: { cpu_pct: { expression: "1" }, mem_pct: { expression: "mem[5m]" } } },
      [
        "metrics.cpu_pct: Expected an instant vector, got a scalar",
        "metrics.mem_pct: Expected an instant vector, got a matrix",
      ],
    ],
    [
      "a pattern without a group",
      { ...mapping, server: { pattern: ".+" } },
      ["server.pattern: Expected a regular expression with a group"],
    ],
    [
      "a label value that the contract lacks",
      { ...mapping, labels: { profile: { expression: "up", label: "role", values: { db: "databse" } } } },
      ["labels.profile.values.db: Expected one of ml_compute,"],
    ],
  ])("refuses %s", (_, document, messages) => {
    const error = refusal(() => openMapping(document, "m.yaml"));
    expect(error.code).toBe("mapping_invalid");
    const issues = error.issues.map(({ path, message }) => `${path}: ${message}`);
    expect(issues).toHaveLength(messages.length);
    for (const [i, message] of messages.entries()) expect(issues[i]).toContain(message);
  });

  it("names the file when there is none, or it is not YAML", () => {
    expect(refusal(() => readMapping("nod"))).toMatchObject({
      code: "path_missing",
      hint: "built in: node, container",
    });
    writeFileSync(join(folder, "junk.yaml"), "a: [1");
    expect(refusal(() => readMapping(join(folder, "junk.yaml"))).message).toContain("Expected YAML or JSON");
  });
});

function refusal(body: () => unknown): ForewarnError {
  try {
    body();
  } catch (error) {
    if (error instanceof ForewarnError) return error;
    throw error;
  }
  throw new Error("Expected a refusal, got none");
}
