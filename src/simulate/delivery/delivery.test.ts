import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../../base/index.ts";
import { createDelivery, type DeliveryFaults } from "./delivery.ts";

interface Row {
  server: string;
  step: number;
}

/** What arrives at each step of a run of four servers, and what is left at its end. */
function run(faults: DeliveryFaults, steps: number, seed = 1, fromStep = 0): { arrived: Row[][]; rest: Row[] } {
  const delivery = createDelivery<Row>(createRng(seed), 1000, faults);
  const arrived: Row[][] = [];
  for (let step = fromStep; step < steps; step++) {
    for (const server of ["a", "b", "c", "d"]) delivery.send(server, step * 1000, { server, step });
    arrived.push(delivery.arriving(step * 1000));
  }
  return { arrived, rest: delivery.rest() };
}

const all = ({ arrived, rest }: ReturnType<typeof run>) => [...arrived.flat(), ...rest];
const keyOf = ({ server, step }: Row) => `${server} ${step}`;

describe("delivery", () => {
  test("without faults every row arrives once, in order, at its instant", () => {
    const { arrived, rest } = run({}, 50);
    expect(rest).toEqual([]);
    arrived.forEach((rows, step) => {
      expect(rows).toEqual(["a", "b", "c", "d"].map((server) => ({ server, step })));
    });
  });

  test("no row is lost, and none is late by more than the longest delay, whatever the rates", () => {
    const rate = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(rate, rate, fc.integer({ min: 0, max: 9000 }), (duplicateRate, lateRate, longestDelayMs) => {
        const outcome = run({ duplicateRate, lateRate, longestDelayMs }, 40);
        expect(new Set(all(outcome).map(keyOf)).size).toBe(4 * 40);
        const seen = new Set<string>();
        outcome.arrived.forEach((rows, now) => {
          for (const row of rows) {
            if (!seen.has(keyOf(row))) expect(now - row.step).toBeLessThanOrEqual(Math.max(1, longestDelayMs / 1000));
            seen.add(keyOf(row));
          }
        });
      }),
      { numRuns: 40 },
    );
  });

  test("the rates are those asked for", () => {
    const steps = 5000;
    const repeated = all(run({ duplicateRate: 0.1 }, steps)).length / (4 * steps) - 1;
    expect(repeated).toBeCloseTo(0.1, 2);
    const late = run({ lateRate: 0.2, longestDelayMs: 5000 }, steps).arrived.flatMap((rows, now) =>
      rows.filter(({ step }) => step < now),
    );
    expect(late.length / (4 * steps)).toBeCloseTo(0.2, 2);
  });

  test("the fate of a row does not depend on where a feed begins, but on the seed", () => {
    const faults = { duplicateRate: 0.3, lateRate: 0.3, longestDelayMs: 4000 };
    const whole = all(run(faults, 40)).filter(({ step }) => step >= 20);
    expect(
      all(run(faults, 40, 1, 20))
        .map(keyOf)
        .sort(),
    ).toEqual(whole.map(keyOf).sort());
    expect(all(run(faults, 40, 2))).not.toEqual(all(run(faults, 40, 1)));
  });

  test.each([
    [{ duplicateRate: -0.1 }, "duplicates: Expected a share from 0 to 1, got -0.1"],
    [{ lateRate: 1.5 }, "late: Expected a share from 0 to 1, got 1.5"],
    [{ lateRate: Number.NaN }, "late: Expected a share from 0 to 1, got NaN"],
    [{ longestDelayMs: -1 }, "late by: Expected a delay of 0 or more, got -1"],
  ])("refuses %j", (faults, message) => {
    expect(() => createDelivery(createRng(1), 1000, faults)).toThrow(
      expect.objectContaining({ code: "usage_invalid", message }),
    );
  });
});
