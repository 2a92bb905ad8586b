import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { smallSpec } from "../../test/support/series.ts";
import { inverseTransform, invertTarget, targetMetricIndices, transformValue } from "./transform.ts";

const unit = { min: 0, max: 1 };
const open = { min: 0, max: null };

describe("transforms", () => {
  it("gives known values", () => {
    expect(transformValue("identity", open, 7)).toBe(7);
    expect(transformValue("log1p", open, Math.E - 1)).toBeCloseTo(1, 12);
    expect(transformValue("logit", unit, 0.5)).toBeCloseTo(0, 12);
    expect(transformValue("logit", unit, 0)).toBeCloseTo(Math.log(0.001 / 0.999), 12);
    expect(transformValue("log1p", open, Number.NaN)).toBeNaN();
    expect(transformValue("logit", unit, Number.NaN)).toBeNaN();
  });

  it("inverts itself over the whole legal range", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom("identity", "log1p", "logit"),
        (v, kind) => {
          expect(inverseTransform(kind, unit, transformValue(kind, unit, v))).toBeCloseTo(v, 9);
        },
      ),
    );
  });

  it("clips outputs to the legal range, stays finite and never reverses an order", () => {
    const spec = smallSpec();
    const [cpu, disk] = targetMetricIndices(spec) as [number, number];
    expect([cpu, disk]).toEqual([0, 2]);
    expect(invertTarget(spec, cpu, 50, 10, 2)).toBe(70);
    expect(invertTarget(spec, cpu, 50, 10, 9)).toBe(100);
    expect(invertTarget(spec, cpu, 50, 10, -9)).toBe(0);
    expect(invertTarget(spec, disk, 0, 1, -5)).toBe(0);
    fc.assert(
      fc.property(fc.float({ noNaN: true }), fc.float({ noNaN: true }), fc.nat(2), (a, b, metric) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((v) => invertTarget(spec, metric, 1, 2, v));
        expect(Number.isFinite(high)).toBe(true);
        expect(low).toBeLessThanOrEqual(high!);
      }),
    );
  });
});
