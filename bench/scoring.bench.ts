// Scoring: seconds for 10 million forecast values (nine levels, 10 % of the truth missing) in windows of 96 steps, beside
// a plain summation over the same arrays, as one JSON document.
// Run: npx tsx bench/scoring.bench.ts
import { createRng } from "../src/base/index.ts";
import { createForecastTally } from "../src/measure/index.ts";

const LEVELS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const HORIZON_STEPS = 96;
const WINDOWS = Math.ceil(10_000_000 / LEVELS.length / HORIZON_STEPS);
const ROUNDS = 5;

const rng = createRng(1);
const truth = Float32Array.from({ length: WINDOWS * HORIZON_STEPS }, () =>
  rng.uniform() < 0.1 ? Number.NaN : 50 + 20 * rng.normal(),
);
const forecasts = new Float32Array(truth.length * LEVELS.length);
for (let step = 0; step < truth.length; step++) {
  const centre = 50 + 5 * rng.normal();
  for (const [q, level] of LEVELS.entries()) forecasts[step * LEVELS.length + q] = centre + 50 * (level - 0.5);
}

function score(): number {
  const tally = createForecastTally(LEVELS);
  for (let window = 0; window < WINDOWS; window++) {
    const from = window * HORIZON_STEPS;
    const to = from + HORIZON_STEPS;
    tally.add(truth.subarray(from, to), forecasts.subarray(from * LEVELS.length, to * LEVELS.length), 5);
  }
  return tally.scores().weightedQuantileLoss;
}

function plainSum(): number {
  let sum = 0;
  for (let i = 0; i < forecasts.length; i++) sum += forecasts[i]!;
  for (let i = 0; i < truth.length; i++) if (!Number.isNaN(truth[i]!)) sum += truth[i]!;
  return sum;
}

function bestSeconds(run: () => number): number {
  const seconds = Array.from({ length: ROUNDS }, () => {
    const begin = performance.now();
    if (!Number.isFinite(run())) throw new Error("bench: Expected a finite result");
    return (performance.now() - begin) / 1000;
  });
  return Math.min(...seconds);
}

const values = forecasts.length;
const scoreSeconds = bestSeconds(score);
const plainSumSeconds = bestSeconds(plainSum);
process.stdout.write(
  `${JSON.stringify({
    bench: "scoring",
    node: process.version,
    values,
    scoreSeconds: Number(scoreSeconds.toFixed(4)),
    millionValuesPerSecond: Math.round(values / scoreSeconds / 1e6),
    plainSumSeconds: Number(plainSumSeconds.toFixed(4)),
    timesPlainSum: Number((scoreSeconds / plainSumSeconds).toFixed(1)),
  })}\n`,
);
