import { describe, expect, test } from "vitest";
import { createRng } from "../../base/index.ts";
import { createNoises } from "./noise.ts";

const MINUTE_MS = 60_000;

/** Variance and the correlation of samples `lagMs` apart, over 200,000 samples. */
function statistics(intervalMs: number, lagMs: number): { variance: number; correlation: number } {
  const noises = createNoises(createRng(3), [10 * MINUTE_MS, MINUTE_MS], intervalMs);
  const samples = Float64Array.from({ length: 200_000 }, () => {
    noises.next();
    return noises.values[0]!;
  });
  const lag = lagMs / intervalMs;
  let square = 0;
  let product = 0;
  for (let i = lag; i < samples.length; i++) {
    square += samples[i]! ** 2;
    product += samples[i]! * samples[i - lag]!;
  }
  return { variance: square / (samples.length - lag), correlation: product / square };
}

describe("createNoises", () => {
  test.each([60_000, 150_000, 300_000])(
    "sampled every %d ms: variance 1, correlation exp(-lag / time constant)",
    (intervalMs) => {
      const { variance, correlation } = statistics(intervalMs, 5 * MINUTE_MS);
      expect(variance).toBeCloseTo(1, 1);
      expect(correlation).toBeCloseTo(Math.exp(-0.5), 1);
    },
  );
});
