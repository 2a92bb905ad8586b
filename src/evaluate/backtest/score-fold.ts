// Scores one model on its forecast times, server group by server group.
import type { ModelDirectory } from "../../artifact/index.ts";
import { type PreparedSeries, readPreparedGroups } from "../../dataset/index.ts";
import { type ForecastPlace, openForecaster, type RawForecast } from "../../forecast/index.ts";
import type { Baseline } from "../../measure/index.ts";
import type { DataSet } from "../../store/index.ts";
import type { BreachLog } from "./breach-log.ts";
import type { FleetScores } from "./fleet-scores.ts";
import { forecastAhead } from "./forecast-ahead.ts";
import { openPlaces, type WindowCounts } from "./open-places.ts";
import { createServerScorer, type ServerScorer } from "./server-scorer.ts";
import type { WarningLog } from "./warning-log.ts";

/** Windows computed together. */
const MAX_BATCH = 64;

/** A model and the forecast times that it is scored on, epoch milliseconds. */
export interface Fold {
  model: ModelDirectory;
  times: readonly number[];
}

/** What a backtest may use of the machine. */
export interface Resources {
  threads: number;
  /** Memory for series, in bytes; larger data is streamed in groups of servers. */
  memoryBytes: number;
}

/** Where the scores of a fold go. */
export interface FoldScores {
  fleet: FleetScores;
  counts: WindowCounts;
  breaches: BreachLog;
  warnings: WarningLog;
}

/** Scores every window of a fold and adds it to `into`. Throws what reading and forecasting throw. */
export async function scoreFold(
  dataSet: DataSet,
  { model, times }: Fold,
  baselines: readonly Baseline[],
  { threads, memoryBytes }: Resources,
  into: FoldScores,
): Promise<void> {
  const { inputs: spec, architecture } = model.config;
  const options = { spec, levels: architecture.quantiles, baselines };
  const servers = await dataSet.servers();
  const batchSize = Math.min(MAX_BATCH, servers.length * times.length);
  await using forecaster = await openForecaster(model, { batchSize, threads });
  const openJobs = (series: PreparedSeries): Job[] => {
    const places = openPlaces(spec, series, times, into.counts);
    if (places.length === 0) return [];
    const scorer = createServerScorer(options, series);
    const origins = places.map(({ origin }) => origin);
    const warner = into.warnings.open(series, origins);
    return places.map((place) => ({ ...place, scorer, warner }));
  };
  for await (const group of readPreparedGroups(spec, dataSet, servers, memoryBytes)) {
    const jobs = group.flatMap(openJobs);
    for await (const [job, forecast] of forecastAhead(forecaster, jobs, batchSize)) {
      job.scorer.add(job, forecast);
      job.warner.add(forecast);
      into.breaches.add(job, forecast);
    }
    for (const scorer of new Set(jobs.map(({ scorer }) => scorer))) into.fleet.add(scorer.scores);
  }
}

interface Job extends ForecastPlace {
  scorer: ServerScorer;
  warner: { add(forecast: RawForecast): void };
}
