import { expect, it } from "vitest";
import { pastRate } from "./past-rate.ts";

it("counts the steps of the past whose horizon is over", () => {
  // An incident from step 3 to 5. Within 2 steps it began after steps 1 and 2; steps 0, 6, 7 ... had none.
  const active = Uint8Array.of(0, 0, 0, 1, 1, 1, 0, 0, 0, 0);
  const rate = pastRate({ onsets: Int32Array.of(3), active, condition: active }, 2, 1);
  expect(rate(2)).toBe(0); // nothing is over yet
  expect(rate(3)).toBe(0); // step 0
  expect(rate(5)).toBeCloseTo(2 / 3, 12); // steps 0 to 2
  expect(rate(8)).toBeCloseTo(2 / 3, 12); // steps 3 to 5 were in the incident
  expect(rate(9)).toBeCloseTo(2 / 4, 12);
});
