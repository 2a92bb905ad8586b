// Everything that the daemon has as series of PromQL: measured values, forecasts, scores, thresholds, alerts.
import { ForewarnError } from "../../base/index.ts";
import { intervalMs } from "../../contract/index.ts";
import type { Matcher, SeriesSource, SourceSeries } from "../../promql/index.ts";
import type { Services } from "../services.ts";
import { alertFamily } from "./alerts.ts";
import { type LookupRange, type SelectedFamily, selectFamily } from "./family.ts";
import { forecastFamily, probabilityFamily } from "./forecast.ts";
import { lookbackOf } from "./grid-times.ts";
import { measuredFamily } from "./measured.ts";
import { scoreFamily } from "./scores.ts";
import { thresholdFamily } from "./thresholds.ts";

/** The parts of all families that fulfil the matchers of a selector, and may have samples in a range. */
export function selectFamilies(
  services: Services,
  matchers: readonly Matcher[],
  range?: LookupRange,
): SelectedFamily[] {
  return [
    selectFamily(measuredFamily(services), matchers, range),
    selectFamily(forecastFamily(services), matchers, range),
    selectFamily(probabilityFamily(services), matchers, range),
    selectFamily(scoreFamily(services), matchers, range),
    selectFamily(thresholdFamily(services), matchers, range),
    selectFamily(alertFamily(services), matchers, range),
  ].filter(({ subjects }) => subjects.length > 0);
}

/**
 * The daemon's series for queries. Limits of series and samples are held before anything is read.
 * @throws ForewarnError (from `select`) `query_failed` beyond the limits; what the store throws.
 */
export function openSeriesSource(services: Services): SeriesSource {
  return {
    maxLookbackMs: lookbackOf(intervalMs(services.contract)),
    async select({ matchers, maxSeries, maxSamples, ...window }) {
      const families = selectFamilies(services, matchers);
      const counts = families.map(({ subjects, shapes }) => subjects.length * shapes.length);
      refuseBeyond(maxSeries, "series of a selector", sum(counts));
      refuseBeyond(
        maxSamples,
        "samples to read",
        sum(families.map(({ samplesWithin }, at) => counts[at]! * samplesWithin(window))),
      );
      const read: SourceSeries[] = [];
      for (const family of families) for (const series of await family.read(window)) read.push(series);
      return read;
    },
  };
}

function refuseBeyond(most: number, what: string, count: number): void {
  if (count <= most) return;
  throw new ForewarnError("query_failed", `query: Expected at most ${most} ${what}, got up to ${count}`, {
    hint: "select fewer servers or a shorter time",
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
