import fc from "fast-check";
import { expect, test } from "vitest";
import { breachOnsets } from "../../contract/index.ts";
import { advanceRuleTrack, isAtRest, startRuleTrack } from "./rule-track.ts";

test("finds step by step what breachOnsets finds in the whole series", () => {
  const values = fc.array(fc.constantFrom(1, 9, 9, Number.NaN), { maxLength: 40 });
  const rules = fc.record({
    op: fc.constantFrom(">=" as const, "<=" as const),
    threshold: fc.constant(5),
    forSteps: fc.integer({ min: 1, max: 3 }),
    clearSteps: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(values, rules, (series, rule) => {
      const track = startRuleTrack(rule);
      expect(isAtRest(track, rule)).toBe(true);
      const valueAt = (t: number) => (Number.isNaN(series[t]) ? undefined : series[t]);
      const onset: number[] = [];
      const active: number[] = [];
      for (let t = 0; t < series.length; t++) {
        onset.push(advanceRuleTrack(track, rule, (ahead) => valueAt(t + ahead)) ? 1 : 0);
        active.push(track.active ? 1 : 0);
      }
      const trace = breachOnsets(Float32Array.from(series), rule);
      expect(onset).toEqual([...trace.onset]);
      expect(active).toEqual([...trace.active]);
      expect(track.onsets).toBe(onset.reduce((a, b) => a + b, 0));
      expect(track.observed).toBe(series.filter((value) => !Number.isNaN(value)).length);
    }),
  );
});
