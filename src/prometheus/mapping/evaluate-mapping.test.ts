import { describe, expect, it } from "vitest";
import { type Contract, nodeContract } from "../../contract/index.ts";
import { memorySource, type SourceSeries } from "../../promql/index.ts";
import { batchRows } from "../../store/index.ts";
import type { MappingInput } from "./document.ts";
import { evaluateMapping } from "./evaluate-mapping.ts";
import { sourceEvaluator } from "./evaluator.ts";
import { openMapping } from "./read-mapping.ts";
import { emptyTally } from "./tally.ts";

const MINUTE = 60_000;
const BEGIN = Date.UTC(2026, 0, 5);
const metric = { unit: "percent", kind: "gauge", min: 0, max: 100, required: false, transform: "identity" } as const;
const contract: Contract = {
  ...nodeContract,
  interval: "5m",
  labels: [{ name: "role", required: false, values: ["web", "db"] }],
  metrics: [
    { ...metric, name: "load", role: "target" },
    { ...metric, name: "heat", role: "observed" },
    { ...metric, name: "fault", role: "observed", unit: "flag", kind: "flag", max: 1 },
  ],
  breachRules: [],
};

/** A sample every minute, half a minute off the whole one; a value of null is no sample. */
function series(labels: Record<string, string>, values: readonly (number | null)[]): SourceSeries {
  const samples = values.map((value, i) => ({ timeMs: BEGIN + i * MINUTE + 30_000, value }));
  const there = samples.filter(({ value }) => value !== null);
  return {
    labels,
    timesMs: Float64Array.from(there, ({ timeMs }) => timeMs),
    values: Float64Array.from(there, ({ value }) => value!),
  };
}

async function rowsOf(all: readonly SourceSeries[], more: Partial<MappingInput> = {}, intervals = 2) {
  const mapping = openMapping(
    {
      contract: contract as unknown as Record<string, unknown>,
      metrics: { load: { expression: "avg_over_time(load[$interval])" } },
      ...more,
    },
    "m.yaml",
  );
  const tally = emptyTally(mapping);
  const lastMs = BEGIN + (intervals - 1) * 5 * MINUTE;
  const batch = await evaluateMapping(mapping, sourceEvaluator(memorySource(all)), BEGIN, lastMs, tally);
  const rows = batchRows(contract, batch).map(({ server, timestampMs, labels, metrics }) => {
    return [server, (timestampMs - BEGIN) / MINUTE, metrics, labels?.["role"] ?? null] as const;
  });
  return { rows, tally };
}

describe("evaluateMapping", () => {
  it("gives the row stamped T the mean over its own five minutes, and nothing later", async () => {
    const { rows, tally } = await rowsOf([
      series({ __name__: "load", instance: "b:1" }, [1, 2, 3, 4, 5, 60, 60, 60, 60, 60]),
      series({ __name__: "load", instance: "a:1" }, [null, null, null, null, null, 7]),
    ]);
    expect(rows).toEqual([
      ["a", 5, { load: 7 }, null],
      ["b", 0, { load: 3 }, null],
      ["b", 5, { load: 60 }, null],
    ]);
    expect([tally.rows, [...tally.servers], tally.missing]).toEqual([3, ["a", "b"], { load: 0, heat: 3, fault: 3 }]);
  });

  it("makes values out of range missing, or clips them, and counts both; rounding is no fault", async () => {
    const all = ["load", "heat", "fault"].map((name) => {
      const values = { load: [104, 50, -1], heat: [104, 100 + 1e-10, Number.POSITIVE_INFINITY], fault: [0.2, 0, 1] }[
        name
      ]!;
      return series(
        { __name__: name, instance: "a" },
        values.flatMap((value) => [value, value, value, value, value]),
      );
    });
    const { rows, tally } = await rowsOf(
      all,
      {
        metrics: {
          load: { expression: "max_over_time(load[$interval])" },
          heat: { expression: "max_over_time(heat[$interval])", outOfRange: "clip" },
          fault: { expression: "max_over_time(fault[$interval])", outOfRange: "clip" },
        },
      },
      3,
    );
    expect(rows.map(([, , metrics]) => metrics)).toEqual([
      { heat: 100, fault: 1 },
      { load: 50, heat: 100, fault: 0 },
      { fault: 1 },
    ]);
    expect(tally.outOfRange).toEqual({ load: 2, heat: 2, fault: 1 });
    expect(tally.firstOutOfRange["load"]).toBe("a 2026-01-05T00:00:00.000Z: 104");
  });

  it("lets two series share a server one after the other, and names both at the same time", async () => {
    const before = series({ __name__: "load", instance: "a:1" }, [1, 1, 1, 1, 1]);
    const after = series({ __name__: "load", instance: "a:2" }, [null, null, null, null, null, 2, 2, 2, 2, 2]);
    expect((await rowsOf([before, after])).rows.map(([server, , metrics]) => [server, metrics])).toEqual([
      ["a", { load: 1 }],
      ["a", { load: 2 }],
    ]);
    const both = rowsOf([before, series({ __name__: "load", instance: "a:2" }, [1, 2])]);
    await expect(both).rejects.toMatchObject({
      code: "server_ambiguous",
      message:
        'm.yaml: metrics.load: Expected one series for server "a", ' +
        'got {instance="a:1"} and {instance="a:2"} at 2026-01-05T00:05:00.000Z',
    });
    const kept = await rowsOf([before, series({ __name__: "load", instance: "a:2" }, [1, 2])], {
      server: { pattern: "^(.+)$" },
    });
    expect(kept.rows.map(([server]) => server)).toEqual(["a:1", "a:2"]);
  });

  it("refuses series without the label of servers", async () => {
    const lost = rowsOf([series({ __name__: "load", host: "a" }, [1])]);
    await expect(lost).rejects.toMatchObject({
      code: "server_missing",
      message: expect.stringContaining('{host="a"}'),
    });
  });

  it("makes rows only of servers that are present", async () => {
    const all = [
      series({ __name__: "load", instance: "a" }, [1, 1, 1, 1, 1, 1]),
      series({ __name__: "load", instance: "b" }, [1, 1, 1, 1, 1, 1]),
      series({ __name__: "there", instance: "a" }, [1, 1]),
    ];
    const { rows } = await rowsOf(all, { server: { present: "present_over_time(there[$interval])" } });
    expect(rows.map(([server, minute]) => [server, minute])).toEqual([["a", 0]]);
  });

  it("reads labels, renames their values and leaves out what the contract lacks", async () => {
    const info = (instance: string, role: string) => series({ __name__: "info", instance, role }, [1, 1, 1, 1, 1]);
    const load = (instance: string) => series({ __name__: "load", instance }, [1, 1, 1, 1, 1]);
    const labels = {
      role: { expression: "last_over_time(info[$interval])", label: "role", values: { database: "db" } },
    };
    const of = (...infos: SourceSeries[]) => rowsOf([load("a"), load("b"), load("c"), ...infos], { labels }, 1);
    const { rows, tally } = await of(info("a", "web"), info("b", "database"), info("c", "cache"));
    expect(rows.map(([server, , , role]) => [server, role])).toEqual([
      ["a", "web"],
      ["b", "db"],
      ["c", null],
    ]);
    expect(tally.unknownLabels).toEqual({ role: ["cache"] });
    await expect(of(info("a", "web"), info("a", "database"))).rejects.toMatchObject({ code: "server_ambiguous" });
  });
});
