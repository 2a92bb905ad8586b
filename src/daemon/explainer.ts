// Explanations of current forecasts on demand: the model that made one reads the same window again. One run at a time,
// few may wait, and each is kept for as long as its forecast is likely to be current.
import { ForewarnError } from "../base/index.ts";
import { prepareSeries } from "../dataset/index.ts";
import type { ForecastRecord } from "../evaluate/index.ts";
import type { RawForecast } from "../forecast/index.ts";
import type { ServedExplanation, ServedForecast, Services } from "../server/index.ts";
import type { LiveStore } from "../store/index.ts";
import { withDeadline } from "./deadline.ts";
import type { OwnModelDesk } from "./model-desk.ts";

/** Runs that may wait, and explanations that are kept, some 10 kB each. */
const MOST_WAITING = 8;
const MOST_KEPT = 256;
/** The first run of a model loads it a second time. */
const DEADLINE_MS = 15_000;
/** Batches of different sizes round differently. Share of the largest value of a metric. */
const ROUNDING = 1e-3;

/** Makes the function that explains; see {@link Services.explain}. */
export function createExplainer({
  store,
  models,
}: {
  store: Pick<LiveStore, "series">;
  models: Pick<OwnModelDesk, "lease">;
}): Services["explain"] {
  const kept = new Map<string, Promise<ServedExplanation>>();
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const run = async ({ record }: ServedForecast): Promise<ServedExplanation> => {
    const lease = models.lease();
    try {
      if (lease?.model.modelId !== record.modelId) {
        throw new ForewarnError(
          "model_unavailable",
          `${record.server}: Expected model ${record.modelId}, which made the forecast, to serve, got another`,
          { hint: "the next tick makes a forecast that can be explained" },
        );
      }
      const { inputs } = lease.model.config;
      const [series] = await store.series([record.server], undefined, record.originMs);
      const origin = (record.originMs - series!.startMs) / record.intervalMs - 1;
      const place = { prepared: prepareSeries(inputs, series!), origin };
      const { forecast, ...explanation } = await withDeadline(lease.forecaster.explain(place), DEADLINE_MS);
      return { ...explanation, isExact: isSame(record, forecast) };
    } finally {
      await lease?.release();
    }
  };

  return async (served) => {
    const { forecastId } = served.record;
    const known = kept.get(forecastId);
    if (known !== undefined) return known;
    if (waiting >= MOST_WAITING) {
      throw new ForewarnError("overloaded", `explanations: Expected at most ${MOST_WAITING} to wait, got one more`);
    }
    waiting++;
    const explanation = turn.then(() => run(served)).finally(() => waiting--);
    turn = explanation.catch(() => kept.delete(forecastId));
    kept.set(forecastId, explanation);
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
    return explanation;
  };
}

/** Whether numbers are those of a record, but for rounding. */
function isSame({ targets, levels, breaches }: ForecastRecord, raw: RawForecast): boolean {
  const width = targets.length * levels.length;
  const sameQuantiles = targets.every(({ quantiles }, target) => {
    const limit = ROUNDING * quantiles.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return quantiles.every((value, at) => {
      const [step, level] = [Math.floor(at / levels.length), at % levels.length];
      return Math.abs(value - raw.quantiles[step * width + target * levels.length + level]!) <= limit;
    });
  });
  const probabilities = breaches.flatMap((breach) => breach.probabilities);
  return sameQuantiles && probabilities.every((value, at) => Math.abs(value - raw.breaches[at]!) <= ROUNDING);
}
