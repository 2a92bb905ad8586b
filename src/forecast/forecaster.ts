// A loaded model ready to forecast windows in batches: the one path from prepared series to numbers that the forecast of
// a data set, the backtest and the benchmarks share.
import type { ModelDirectory } from "../artifact/index.ts";
import { createBatchBuilder, type PreparedSeries } from "../dataset/index.ts";
import { decodeBreaches, decodeQuantiles, openPredictor, type Predictor } from "../model/index.ts";

/** A server's prepared series and the last step that its forecast reads. */
export interface ForecastPlace {
  prepared: PreparedSeries;
  origin: number;
}

/** A forecast as numbers. */
export interface RawForecast {
  /** In the targets' units, ascending along the levels.   [horizonSteps, T, Q] */
  quantiles: Float32Array;
  /** P(an incident begins within each group's end), by rule; never falls along the groups.   [R, G] */
  breaches: Float32Array;
}

/** A variable and its share. */
export type VariableWeight = readonly [variable: string, share: number];

/** Forecasts windows with one model. */
export interface Forecaster {
  readonly model: ModelDirectory;
  /**
   * Forecasts windows, any number of them, in order.
   * @throws ForewarnError `output_invalid` when the network gives a value that is not finite.
   */
  forecast(places: readonly ForecastPlace[]): Promise<RawForecast[]>;
  /**
   * What the network read of a window's past: the share of each variable, heaviest first. Weights of the variable
   * selection, averaged over the past; they sum to 1. The first call loads the network a second time.
   * @throws ForewarnError as {@link Forecaster.forecast}.
   * @see Lim et al. 2021, International Journal of Forecasting 37(4), section 4.2.
   */
  explain(place: ForecastPlace): Promise<VariableWeight[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Loads the network of `model` into a worker thread; `batchSize` windows are computed together. */
export async function openForecaster(
  model: ModelDirectory,
  { batchSize, threads }: { batchSize: number; threads: number },
): Promise<Forecaster> {
  const { architecture, inputs, calibration } = model.config;
  const builder = createBatchBuilder(inputs, batchSize);
  const batch = builder.createBatch();
  const predictor = await openPredictor(inputs, architecture, model.weights, { batchSize, threads });
  let explainer: Promise<Predictor> | null = null;
  const single = createBatchBuilder(inputs, 1);
  const variables = [...inputs.past, ...inputs.known].map(({ name }) => name);
  return {
    model,
    async explain({ prepared, origin }) {
      explainer ??= openPredictor(inputs, architecture, model.weights, { batchSize: 1, threads, explain: true });
      const window = single.createBatch();
      single.fill(0, prepared, origin, window);
      const { pastWeights } = await (await explainer).explain(window);
      return variableShares(variables, pastWeights);
    },
    async forecast(places) {
      const forecasts: RawForecast[] = [];
      for (let start = 0; start < places.length; start += batchSize) {
        const some = places.slice(start, start + batchSize);
        for (let index = 0; index < batchSize; index++) {
          const { prepared, origin } = some[index] ?? some[0]!; // places left over repeat the first window
          builder.fill(index, prepared, origin, batch);
        }
        const prediction = await predictor.predict(batch);
        for (let index = 0; index < some.length; index++) {
          forecasts.push({
            quantiles: decodeQuantiles(inputs, calibration, batch, prediction, index),
            breaches: decodeBreaches(inputs, calibration, prediction, index),
          });
        }
      }
      return forecasts;
    },
    async [Symbol.asyncDispose]() {
      await predictor.close();
      await (await explainer)?.close();
    },
  };
}

/** @param weights [tokens, names] */
function variableShares(names: readonly string[], weights: Float32Array): VariableWeight[] {
  const sums = new Float64Array(names.length);
  for (const [at, weight] of weights.entries()) sums[at % names.length]! += weight;
  const tokens = weights.length / names.length;
  return names.map((name, i): VariableWeight => [name, sums[i]! / tokens]).sort(([, a], [, b]) => b - a);
}
