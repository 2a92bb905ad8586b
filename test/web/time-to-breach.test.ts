import fc from "fast-check";
import { expect, test } from "vitest";
import { timeToBreach as ofAlerts } from "../../src/alert/index.ts";
import { timeToBreach } from "../../web/lib/time-to-breach.ts";

test("the page and the alerts tell the same time to breach", () => {
  const withinMs = [1, 2, 4, 8].map((hours) => hours * 3_600_000);
  const probabilities = fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
    .map((values) => values.sort((a, b) => a - b));
  fc.assert(
    fc.property(probabilities, (values) => {
      expect(timeToBreach(withinMs, values)).toEqual(ofAlerts(withinMs, values));
    }),
  );
});
