// A loaded model ready to forecast windows in batches: the one path from prepared series to numbers that the forecast of
// a data set, the backtest and the benchmarks share.
import type { ModelDirectory } from "../artifact/index.ts";
import { ForewarnError } from "../base/index.ts";
import { createBatchBuilder, type InputBatch, type PreparedSeries } from "../dataset/index.ts";
import { decodeBreaches, decodeQuantiles, openPredictor, type Prediction, type Predictor } from "../model/index.ts";
import { type ForecastExplanation, readExplanation } from "./explanation.ts";
import type { RawForecast } from "./raw-forecast.ts";

/** A server's prepared series and the last step that its forecast reads. */
export interface ForecastPlace {
  prepared: PreparedSeries;
  origin: number;
}

/** Forecasts windows with one model. */
export interface Forecaster {
  readonly model: ModelDirectory;
  /**
   * Forecasts windows, any number of them, in order.
   * @throws ForewarnError `output_invalid` when the network gives a value that is not finite.
   */
  forecast(places: readonly ForecastPlace[]): Promise<RawForecast[]>;
  /**
   * Forecasts one window once more, with what the network looked at. The first call loads the network a second time.
   * @throws ForewarnError as {@link Forecaster.forecast}.
   */
  explain(place: ForecastPlace): Promise<ForecastExplanation>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Loads the network of `model` into a worker thread; `batchSize` windows are computed together.
 * @param options `inBackground` lets other threads of the process go first.
 */
export async function openForecaster(
  model: ModelDirectory,
  { batchSize, threads, inBackground = false }: { batchSize: number; threads: number; inBackground?: boolean },
): Promise<Forecaster> {
  const { architecture, inputs, calibration } = model.config;
  const builder = createBatchBuilder(inputs, batchSize);
  const batch = builder.createBatch();
  const predictor = await openPredictor(inputs, architecture, model.weights, { batchSize, threads, inBackground });
  let explainer: Promise<Predictor> | null = null;
  const single = createBatchBuilder(inputs, 1);
  const decode = (window: InputBatch, prediction: Prediction, index: number): RawForecast => ({
    quantiles: decodeQuantiles(inputs, calibration, window, prediction, index),
    breaches: decodeBreaches(inputs, calibration, prediction, index),
  });
  return {
    model,
    async explain({ prepared, origin }) {
      const options = { batchSize: 1, threads, inBackground, explain: true };
      explainer ??= openPredictor(inputs, architecture, model.weights, options);
      const loaded = explainer;
      const window = single.createBatch();
      single.fill(0, prepared, origin, window);
      const explained = await loaded
        .then((predictor) => predictor.explain(window))
        .catch((error: unknown) => {
          // A worker that has ended answers no more: the next call starts another.
          if (!(error instanceof ForewarnError) && explainer === loaded) explainer = null;
          throw error;
        });
      return readExplanation(inputs, explained, decode(window, explained, 0));
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
        for (let index = 0; index < some.length; index++) forecasts.push(decode(batch, prediction, index));
      }
      return forecasts;
    },
    async [Symbol.asyncDispose]() {
      await predictor.close();
      await (await explainer)?.close();
    },
  };
}
