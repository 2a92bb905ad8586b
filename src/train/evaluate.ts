// Scores of a model on held-out windows, always beside the trivial baselines. Written to evaluation.json.
import type { Evaluation } from "../artifact/index.ts";
import {
  createBatchBuilder,
  type InputSpec,
  inverseTransform,
  stepsPerDay,
  targetMetricIndices,
  type WindowPlace,
} from "../dataset/index.ts";
import { BASELINES, bestF1Threshold, brierScore, createForecastTally, seasonalScale } from "../measure/index.ts";
import { type Calibration, decodeBreaches, decodeQuantiles, type Predictor } from "../model/index.ts";
import { createLabelledBatch, fillLabelled } from "./windows.ts";

/** Scores the model and the baselines on the same windows; measures are per target, and their means over targets. */
export async function evaluateHeldOut(
  spec: InputSpec,
  levels: readonly number[],
  calibration: Calibration,
  predictor: Predictor,
  places: readonly WindowPlace[],
): Promise<Evaluation> {
  const methods = ["model", ...Object.keys(BASELINES)];
  const tallies = methods.map(() => spec.targets.map(() => createForecastTally(levels)));
  const metrics = targetMetricIndices(spec);
  const builder = createBatchBuilder(spec, predictor.batchSize);
  const batch = createLabelledBatch(spec, builder);
  const groups = spec.breachGroupEnds.length;
  const breaches = spec.breachRules.map(() => ({ probabilities: [] as number[], outcomes: [] as number[] }));
  const daySteps = stepsPerDay(spec);

  for (let start = 0; start < places.length; start += predictor.batchSize) {
    const some = places.slice(start, start + predictor.batchSize);
    fillLabelled(builder, some, batch, 0, () => false);
    const { inputs, labels } = batch;
    const prediction = await predictor.predict(inputs);
    for (const [i, { series, origin }] of some.entries()) {
      const forecast = decodeQuantiles(spec, calibration, inputs, prediction, i);
      for (const [t, metric] of metrics.entries()) {
        const toUnits = (values: Float32Array) =>
          values.map((x) => inverseTransform(spec.transforms[metric]!, spec.ranges[metric]!, x));
        const values = series.values[metric]!;
        const truth = toUnits(values.subarray(origin + 1, origin + 1 + spec.horizonSteps));
        const history = toUnits(values.subarray(Math.max(0, origin + 1 - spec.historySteps - daySteps), origin + 1));
        const scale = seasonalScale(history, daySteps);
        const own = new Float32Array(spec.horizonSteps * levels.length);
        for (let step = 0; step < spec.horizonSteps; step++) {
          const row = (step * metrics.length + t) * levels.length;
          own.set(forecast.subarray(row, row + levels.length), step * levels.length);
        }
        tallies[0]![t]!.add(truth, own, scale);
        for (const [b, baseline] of Object.values(BASELINES).entries()) {
          const quantiles = baseline(history, spec.horizonSteps, levels, daySteps);
          if (Number.isFinite(quantiles[0]!))
            tallies[b + 1]![t]!.add(truth, clip(quantiles, spec.ranges[metric]!), scale);
        }
      }
      const within = decodeBreaches(spec, calibration, prediction, i);
      for (const [r, { probabilities, outcomes }] of breaches.entries()) {
        const from = (i * breaches.length + r) * groups;
        if (labels.breachAtRisk[from] === 0 || series.breaches[r]!.active[origin] === 1) continue;
        probabilities.push(within[r * groups + groups - 1]!);
        outcomes.push(Math.max(...labels.breachEvent.subarray(from, from + groups)));
      }
    }
  }
  return {
    formatVersion: 1,
    windows: places.length,
    methods: methods.map((name, m) => ({ name, measures: measuresOf(spec, tallies[m]!) })),
    coverage: spec.targets.map((target, t) => ({
      target,
      nominal: levels.at(-1)! - levels[0]!,
      observed: finite(tallies[0]![t]!.scores().coverage),
    })),
    breaches: spec.breachRules.map(({ id }, r) => breachScores(id, breaches[r]!.probabilities, breaches[r]!.outcomes)),
  };
}

type Tally = ReturnType<typeof createForecastTally>;

function measuresOf(spec: InputSpec, tallies: readonly Tally[]): Record<string, number | null> {
  const scores = tallies.map((tally) => tally.scores());
  const average = (values: number[]) => {
    const known = values.filter(Number.isFinite);
    return known.length > 0 ? known.reduce((a, b) => a + b, 0) / known.length : null;
  };
  return {
    WQL: average(scores.map((score) => score.weightedQuantileLoss)),
    MASE: average(scores.map((score) => score.meanAbsoluteScaledError)),
    ...Object.fromEntries(spec.targets.map((target, t) => [`pinball ${target}`, finite(scores[t]!.pinball)])),
  };
}

/** Onsets below this number choose no threshold. */
const MIN_ONSETS = 5;

/** Brier skill over the base rate of the same windows; null when there was no onset or nothing else. */
function breachScores(rule: string, probabilities: number[], outcomes: number[]): Evaluation["breaches"][number] {
  const onsets = outcomes.reduce((a, b) => a + b, 0);
  const rate = onsets / outcomes.length;
  const reference = rate * (1 - rate);
  const skill = reference > 0 ? 1 - brierScore(probabilities, outcomes) / reference : null;
  const alertThreshold = onsets >= MIN_ONSETS ? bestF1Threshold(probabilities, outcomes) : null;
  return { rule, onsets, windows: outcomes.length, skill, alertThreshold };
}

function clip(values: Float32Array, { min, max }: { min: number | null; max: number | null }): Float32Array {
  return values.map((x) => Math.min(Math.max(x, min ?? -Infinity), max ?? Infinity));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
