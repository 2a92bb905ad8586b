import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FIVE_MINUTES_MS, recordFleet } from "../../test/helpers/recorded-fleet.ts";
import { fleetContract } from "../contract/index.ts";

describe("determinism", () => {
  const small = { servers: 7, hours: 48, intervalMs: FIVE_MINUTES_MS, seed: 7 };

  test("the same options give the same rows, another seed others", () => {
    expect(recordFleet(small)).toEqual(recordFleet(small));
    expect(recordFleet({ ...small, seed: 8 })).not.toEqual(recordFleet(small));
  });

  test("a longer span begins with the same rows", () => {
    const longer = recordFleet({ ...small, hours: 24 * 9 });
    for (const [index, { metrics, states }] of recordFleet(small).entries()) {
      expect(longer[index]!.states.subarray(0, states.length)).toEqual(states);
      for (const [name, values] of Object.entries(metrics)) {
        expect(longer[index]!.metrics[name]!.subarray(0, values.length)).toEqual(values);
      }
    }
  });

  test("until its first incident a server is what it is in a fleet without incidents", () => {
    const week = { ...small, hours: 24 * 7 };
    const calm = recordFleet({ ...week, incidentRate: 0 });
    let compared = 0;
    for (const [index, { metrics, truth }] of recordFleet(week).entries()) {
      const firstMs = Math.min(...truth.map(({ precursorStartMs }) => precursorStartMs ?? Number.POSITIVE_INFINITY));
      const steps = Math.floor((firstMs - 1_767_571_200_000) / FIVE_MINUTES_MS);
      if (steps <= 0) continue;
      compared += 1;
      expect(metrics["cpu_pct"]!.subarray(0, steps)).toEqual(calm[index]!.metrics["cpu_pct"]!.subarray(0, steps));
    }
    expect(compared).toBeGreaterThan(2);
    expect(calm.flatMap(({ truth }) => truth).filter(({ kind }) => kind !== "demand_peak")).toEqual([]);
  });
});

test("rows obey the contract whatever the options", () => {
  const options = fc.record({
    servers: fc.integer({ min: 1, max: 9 }),
    hours: fc.integer({ min: 1, max: 60 }),
    intervalMs: fc.constantFrom(30_000, 60_000, FIVE_MINUTES_MS, 3_600_000),
    seed: fc.nat(),
    incidentRate: fc.constantFrom(0, 1, 20),
  });
  fc.assert(
    fc.property(options, (settings) => {
      for (const { metrics, states } of recordFleet(settings)) {
        expect(states.every((state) => state < fleetContract.state!.values.length)).toBe(true);
        for (const { name, min, max } of fleetContract.metrics) {
          const bad = metrics[name]!.find(
            (value, step) => states[step] !== -1 && !(value >= (min ?? -Infinity) && value <= (max ?? Infinity)),
          );
          expect({ name, bad }).toEqual({ name, bad: undefined });
        }
      }
    }),
    { numRuns: 12 },
  );
});
