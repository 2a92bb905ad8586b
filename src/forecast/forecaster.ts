// A loaded model ready to forecast windows in batches: the one path from prepared series to numbers that the forecast of
// a data set, the backtest and the benchmarks share.
import type { ModelDirectory } from "../artifact/index.ts";
import { createBatchBuilder, type PreparedSeries } from "../dataset/index.ts";
import { decodeBreaches, decodeQuantiles, openPredictor } from "../model/index.ts";

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

/** Forecasts windows with one model. */
export interface Forecaster {
  readonly model: ModelDirectory;
  /**
   * Forecasts windows, any number of them, in order.
   * @throws ForewarnError `output_invalid` when the network gives a value that is not finite.
   */
  forecast(places: readonly ForecastPlace[]): Promise<RawForecast[]>;
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
  return {
    model,
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
    [Symbol.asyncDispose]: () => predictor.close(),
  };
}
