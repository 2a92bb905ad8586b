import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { breachOnsets, breachRuleSteps, fleetContract } from "../contract/index.ts";
import { planFleet } from "./fleet.ts";
import { FIRST_MONDAY_MS, type RowChunk, type SimulationOptions, simulateFleet } from "./simulate.ts";

const HOUR_MS = 3_600_000;
const FIVE_MINUTES_MS = 300_000;
const twoWeeks: SimulationOptions = { servers: 15, hours: 14 * 24, intervalMs: FIVE_MINUTES_MS, seed: 42 };

/** All chunks of each server joined. */
function series(options: SimulationOptions): Map<string, RowChunk> {
  const joined = new Map<string, RowChunk>();
  for (const chunk of simulateFleet(options)) {
    const before = joined.get(chunk.server);
    if (before === undefined) {
      joined.set(chunk.server, chunk);
      continue;
    }
    before.timestampsMs.push(...chunk.timestampsMs);
    before.state.push(...chunk.state);
    before.notes.push(...chunk.notes);
    chunk.metrics.forEach((values, i) => {
      before.metrics[i]!.push(...values);
    });
  }
  return joined;
}

function metricIndex(name: string): number {
  return fleetContract.metrics.findIndex((metric) => metric.name === name);
}

/** A metric on the regular grid, NaN where a row is absent. */
function onGrid(chunk: RowChunk, name: string, { hours, intervalMs }: SimulationOptions): Float64Array {
  const grid = new Float64Array((hours * HOUR_MS) / intervalMs).fill(Number.NaN);
  chunk.metrics[metricIndex(name)]!.forEach((value, row) => {
    grid[(chunk.timestampsMs[row]! - FIRST_MONDAY_MS) / intervalMs] = value;
  });
  return grid;
}

const fleet = series(twoWeeks);

describe("determinism", () => {
  const small: SimulationOptions = { servers: 3, hours: 12, intervalMs: FIVE_MINUTES_MS, seed: 7 };

  test("the same options give the same rows, another seed others", () => {
    expect([...simulateFleet(small)]).toEqual([...simulateFleet(small)]);
    expect([...simulateFleet({ ...small, seed: 8 })]).not.toEqual([...simulateFleet(small)]);
  });

  test("a larger fleet and a longer span begin with the same rows", () => {
    const larger = series({ ...small, servers: 9, hours: 24 });
    for (const [server, { timestampsMs, metrics, state }] of series(small)) {
      const rows = timestampsMs.length;
      expect(larger.get(server)!.timestampsMs.slice(0, rows)).toEqual(timestampsMs);
      expect(larger.get(server)!.state.slice(0, rows)).toEqual(state);
      expect(larger.get(server)!.metrics.map((values) => values.slice(0, rows))).toEqual(metrics);
    }
  });
});

describe("rows", () => {
  test("obey the contract and are in order, whatever the seed", () => {
    const options = fc.record({
      servers: fc.integer({ min: 1, max: 9 }),
      hours: fc.integer({ min: 1, max: 30 }),
      intervalMs: fc.constantFrom(60_000, FIVE_MINUTES_MS),
      seed: fc.nat(),
    });
    const states = new Set(fleetContract.state!.values);
    const profiles = new Set(fleetContract.labels[0]!.values);
    fc.assert(
      fc.property(options, (settings) => {
        let last = "";
        for (const chunk of simulateFleet(settings)) {
          expect(chunk.server >= last).toBe(true);
          last = chunk.server;
          expect(profiles.has(chunk.profile)).toBe(true);
          expect(chunk.state.every((state) => states.has(state))).toBe(true);
          chunk.timestampsMs.forEach((ms, row) => {
            expect((ms - FIRST_MONDAY_MS) % settings.intervalMs).toBe(0);
            if (row > 0 && ms <= chunk.timestampsMs[row - 1]!) expect.unreachable("timestamps out of order");
          });
          fleetContract.metrics.forEach(({ name, min, max }, i) => {
            const bad = chunk.metrics[i]!.find((value) => !(value >= (min ?? -Infinity) && value <= (max ?? Infinity)));
            expect({ name, bad }).toEqual({ name, bad: undefined });
          });
        }
      }),
      { numRuns: 15 },
    );
  });

  test("are absent for a few short outages, under 2 % of the time", () => {
    const rows = [...fleet.values()].reduce((sum, chunk) => sum + chunk.timestampsMs.length, 0);
    const missing = 1 - rows / (15 * 14 * 288);
    expect(missing).toBeGreaterThan(0.001);
    expect(missing).toBeLessThan(0.02);
  });
});

describe("behaviour that a model can learn", () => {
  test("an incident per server about every two days, of all three kinds", () => {
    const counts: Record<string, number> = {};
    for (const rule of breachRuleSteps(fleetContract)) {
      for (const chunk of fleet.values()) {
        const { onset } = breachOnsets(onGrid(chunk, rule.metric, twoWeeks), rule);
        counts[rule.id] = (counts[rule.id] ?? 0) + onset.reduce((sum, value) => sum + value, 0);
      }
    }
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(10);
    const perServerDay = Object.values(counts).reduce((sum, count) => sum + count, 0) / (15 * 14);
    expect(perServerDay).toBeGreaterThan(0.35);
    expect(perServerDay).toBeLessThan(1);
  });

  test("memory breaches are foreseeable: memory has risen for hours before nearly all of them", () => {
    const rule = breachRuleSteps(fleetContract).find(({ id }) => id === "mem_high")!;
    let onsets = 0;
    let foreseeable = 0;
    for (const chunk of fleet.values()) {
      const memory = onGrid(chunk, "mem_pct", twoWeeks);
      breachOnsets(memory, rule).onset.forEach((isOnset, t) => {
        if (isOnset === 0 || t < 24 || Number.isNaN(memory[t - 24]!)) return;
        onsets += 1;
        if (memory[t - 24]! < memory[t - 12]! && memory[t - 12]! < memory[t]! - 1) foreseeable += 1;
      });
    }
    expect(onsets).toBeGreaterThan(20);
    expect(foreseeable / onsets).toBeGreaterThan(0.9);
  });

  test("out-of-memory flags follow high memory and come with a restart", () => {
    let kills = 0;
    for (const { metrics, state } of fleet.values()) {
      const memory = metrics[metricIndex("mem_pct")]!;
      metrics[metricIndex("container_oom")]!.forEach((flag, row, flags) => {
        if (flag === 0 || row === 0 || flags[row - 1] === 1) return;
        kills += 1;
        expect(memory[row - 1]).toBeGreaterThan(90);
        expect(memory[row]).toBeLessThan(90);
        expect(state[row]).toBe("recovery");
      });
    }
    expect(kills).toBeGreaterThan(15);
  });

  test("web servers work in office hours and less at the weekend", () => {
    const mean = (from: number, to: number): number => {
      const cpu = onGrid(fleet.get("ppweb001")!, "cpu_pct", twoWeeks)
        .slice(from * 12, to * 12)
        .filter((v) => v >= 0);
      return cpu.reduce((sum, value) => sum + value, 0) / cpu.length;
    };
    expect(mean(34, 40)).toBeGreaterThan(2 * mean(24, 28)); // Tuesday 10:00-16:00 against 0:00-4:00
    expect(mean(34, 40)).toBeGreaterThan(1.3 * mean(130, 136)); // against Saturday
  });
});

describe("planFleet", () => {
  test("gives the first seven servers one profile each and names servers by profile", () => {
    expect(new Set(planFleet(7).map(({ profile }) => profile)).size).toBe(7);
    expect(planFleet(15).map(({ server }) => server)).toEqual(
      (
        "ppcon01 ppdb001 ppdb002 ppdb003 ppetl001 ppgen001 ppml0001 ppml0002 ppml0003 pprisk001 " +
        "ppweb001 ppweb002 ppweb003 ppweb004 ppweb005"
      ).split(" "),
    );
  });

  test("has the asked size, unique names, and contains every smaller fleet", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (servers) => {
        const names = new Set(planFleet(servers).map(({ server }) => server));
        expect(names.size).toBe(servers);
        for (const { server } of planFleet(servers - 1)) expect(names.has(server)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
