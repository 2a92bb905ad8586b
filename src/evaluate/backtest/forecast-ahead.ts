// Forecasts batch after batch, the next one being computed while the caller works on the last.
import type { Forecaster, ForecastPlace, RawForecast } from "../../forecast/index.ts";

/** Forecasts every job, in order; memory holds two batches. */
export async function* forecastAhead<Job extends ForecastPlace>(
  forecaster: Forecaster,
  jobs: readonly Job[],
  batchSize: number,
): AsyncGenerator<[Job, RawForecast]> {
  const forecastFrom = (start: number) => forecaster.forecast(jobs.slice(start, start + batchSize));
  let pending = forecastFrom(0);
  try {
    for (let start = 0; start < jobs.length; start += batchSize) {
      const forecasts = await pending;
      pending = forecastFrom(start + batchSize);
      for (const [i, forecast] of forecasts.entries()) yield [jobs[start + i]!, forecast];
    }
  } finally {
    await Promise.allSettled([pending]); // a caller that stops early leaves one under way
  }
}
