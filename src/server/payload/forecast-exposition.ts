// The current forecasts as gauges, for Prometheus to scrape: what is forecast for fixed times ahead, and how likely
// incidents are. Their time is that of the scrape, so that every database takes them.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Contract } from "../../contract/index.ts";
import type { ForecastRecord } from "../../evaluate/index.ts";
import { type ExpositionFamily, NAME_LABEL, writeExposition } from "../../wire/index.ts";
import { BREACH_PROBABILITY } from "../series/forecast.ts";
import { aheadSamples, FORECAST_AHEAD, type IssuedSample, probabilitySamples } from "../series/issued.ts";

/** Forecasts written between two turns of the event loop. */
const SLICE_FORECASTS = 50;

/** Writes forecasts in the exposition format: {@link aheadSamples}, then {@link probabilitySamples}. */
export async function* forecastExposition(
  records: readonly ForecastRecord[],
  contract: Contract,
): AsyncGenerator<string, void> {
  // Untyped, because a label `quantile` on a gauge is a fault to Prometheus' linter.
  yield* writeFamily(records, aheadSamples, {
    ...{ name: FORECAST_AHEAD, type: "untyped" },
    help: "Quantile of the forecast so long ahead, in the unit of the metric: select by metric.",
  });
  yield* writeFamily(records, (record) => probabilitySamples(record, contract), {
    ...{ name: BREACH_PROBABILITY, type: "gauge" },
    help: "Probability that an incident of the breach rule begins within the horizon.",
  });
}

async function* writeFamily(
  records: readonly ForecastRecord[],
  samplesOf: (record: ForecastRecord) => IssuedSample[],
  family: Omit<ExpositionFamily, "samples">,
): AsyncGenerator<string, void> {
  for (let at = 0; at < records.length; at += SLICE_FORECASTS) {
    const issued = records.slice(at, at + SLICE_FORECASTS).flatMap(samplesOf);
    const samples = issued.map(({ labels, value }) => {
      return { labels: Object.entries(labels).filter(([name]) => name !== NAME_LABEL), value };
    });
    const text = writeExposition([{ ...family, samples }]);
    yield at === 0 ? text : text.replace(/^(#.*\n)+/, "");
    await nextTurn();
  }
}
