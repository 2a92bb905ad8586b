// Surprise: how badly the forecast of an hour ago fits the hour since. The warning score of data without breach rules,
// where nothing says which values are bad: a loss of 1 is what the server's own quiet days cost.
import { hasEnoughHistory, prepareSeries } from "../../dataset/index.ts";
import type { Forecaster } from "../../forecast/index.ts";
import { type Baseline, pinball } from "../../measure/index.ts";
import type { Series } from "../../store/index.ts";

/** Steps between a forecast and the decision that looks back on it: an hour. */
export const LOOK_BACK_STEPS = 12;
/** Losses beyond so many times the usual one count as this. */
const MOST = 1000;

/** Mean pinball loss of a metric over the steps since the forecast, per decision; NaN without any. [decisions] */
export type Losses = Float64Array;

/** Losses of a model's forecasts, one array per target. */
export async function modelLosses(
  forecaster: Forecaster,
  series: Series,
  metrics: readonly string[],
  decisions: Int32Array,
): Promise<Losses[]> {
  const { inputs, architecture } = forecaster.model.config;
  const prepared = prepareSeries(inputs, series);
  const places = [...decisions]
    .map((decision, index) => ({ index, prepared, origin: decision - LOOK_BACK_STEPS }))
    .filter(({ origin }) => hasEnoughHistory(inputs, prepared, origin));
  const forecasts = await forecaster.forecast(places);
  const levels = architecture.quantiles;
  const rowSize = inputs.targets.length * levels.length;
  return inputs.targets.map((target, t) => {
    const values = series.values[metrics.indexOf(target)]!;
    const losses: Losses = new Float64Array(decisions.length).fill(Number.NaN);
    for (const [f, { index, origin }] of places.entries()) {
      const { quantiles } = forecasts[f]!;
      losses[index] = meanLoss(values, origin, levels, (step, q) => quantiles[step * rowSize + t * levels.length + q]!);
    }
    return losses;
  });
}

/** Losses of a trivial forecast, one array per metric. */
export function baselineLosses(
  baseline: Baseline,
  { values }: Series,
  levels: readonly number[],
  decisions: Int32Array,
  daySteps: number,
): Losses[] {
  return values.map((column) =>
    Float64Array.from(decisions, (decision) => {
      const origin = decision - LOOK_BACK_STEPS;
      const history = column.subarray(Math.max(0, origin + 1 - 8 * daySteps), origin + 1);
      const quantiles = baseline(history, LOOK_BACK_STEPS, levels, daySteps);
      return meanLoss(column, origin, levels, (step, q) => quantiles[step * levels.length + q]!);
    }),
  );
}

/**
 * The surprise at every decision: the mean over metrics of log(1 + loss / usual loss), so that many metrics a little
 * off weigh as much as one that is far off.
 * @param isQuiet Which decisions tell the usual loss of each metric; their mean is it.
 * @returns NaN where no metric has a loss.   [decisions]
 */
export function surpriseOf(losses: readonly Losses[], isQuiet: (decision: number) => boolean): Float32Array {
  const usual = losses.map((own) => mean(own.filter((loss, d) => isQuiet(d) && !Number.isNaN(loss))));
  return Float32Array.from(losses[0]!, (_, d) => {
    const terms = losses.map((own, m) => Math.log1p(relative(own[d]!, usual[m]!)));
    return mean(terms.filter((term) => !Number.isNaN(term)));
  });
}

function relative(loss: number, usual: number): number {
  return loss === 0 ? 0 : Math.min(MOST, loss / usual);
}

function meanLoss(
  values: Float32Array,
  origin: number,
  levels: readonly number[],
  quantileAt: (step: number, level: number) => number,
): number {
  let sum = 0;
  let count = 0;
  for (let step = 0; step < LOOK_BACK_STEPS; step++) {
    const truth = values[origin + 1 + step] ?? Number.NaN;
    if (Number.isNaN(truth)) continue;
    for (const [q, level] of levels.entries()) sum += pinball(truth, quantileAt(step, q), level);
    count += levels.length;
  }
  return sum / count;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
