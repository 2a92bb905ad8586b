// How well servers are forecast that have only just appeared: their histories are cut to what a new server would have.
import { type InputSpec, prepareSeries } from "../../dataset/index.ts";
import { openForecaster } from "../../forecast/index.ts";
import type { Baseline } from "../../measure/index.ts";
import type { DataSet, Series } from "../../store/index.ts";
import type { ColdStart } from "../evaluation-report.ts";
import { createFleetScores } from "./fleet-scores.ts";
import { forecastAhead } from "./forecast-ahead.ts";
import { noWindows, openPlaces } from "./open-places.ts";
import type { Fold } from "./score-fold.ts";
import { createServerScorer } from "./server-scorer.ts";
import { scoreTables, type TableContext } from "./tables.ts";

const HISTORIES_MS = [1, 6, 24].map((hours) => hours * 3_600_000);
/** Forecast times per server, evenly spread: each makes a server of its own. */
const MAX_TIMES = 24;

/**
 * Scores a model on servers that appear 1 h, 6 h and 24 h before the forecast. Production's own checks decide whether
 * such a server is forecast at all.
 * @param servers Names of the servers; with retraining those that were left out of training.
 */
export async function scoreColdStart(
  dataSet: DataSet,
  { model, times }: Fold,
  servers: readonly string[],
  baselines: readonly Baseline[],
  context: TableContext,
  threads: number,
): Promise<ColdStart[]> {
  const { spec, levels, methods } = context;
  const some = thin(times, MAX_TIMES);
  await using forecaster = await openForecaster(model, { batchSize: MAX_TIMES, threads });
  const results: ColdStart[] = [];
  for (const historyMs of HISTORIES_MS) {
    const counts = noWindows();
    const shape = { targets: spec.targets.length, methods: methods.length, bands: spec.breachGroupEnds.length };
    const fleet = createFleetScores(levels, shape);
    for (const server of servers) {
      const [series] = await dataSet.readSeries([server]);
      const jobs = some.flatMap((timeMs) => {
        const prepared = prepareSeries(spec, cutSeries(spec, series!, timeMs - historyMs, timeMs));
        const scorer = createServerScorer({ spec, levels, baselines }, prepared);
        return openPlaces(spec, prepared, [timeMs], counts).map((place) => ({ ...place, scorer }));
      });
      for await (const [job, forecast] of forecastAhead(forecaster, jobs, MAX_TIMES)) {
        job.scorer.add(job, forecast);
        fleet.add(job.scorer.scores);
      }
    }
    results.push({
      historyMs,
      servers: servers.length,
      windows: counts.scored,
      refused: Object.values(counts.refused).reduce((sum, count) => sum + count, 0),
      comparisons: counts.scored === 0 ? [] : scoreTables(context, fleet).byMetric.map(({ unit: _, ...rest }) => rest),
    });
  }
  return results;
}

/** The rows of a series from `fromMs` to a horizon after `timeMs`; shares the values. */
function cutSeries({ intervalMs, horizonSteps }: InputSpec, series: Series, fromMs: number, timeMs: number): Series {
  const stepAt = (ms: number) => Math.min(series.steps, Math.max(0, Math.floor((ms - series.startMs) / intervalMs)));
  const first = stepAt(fromMs);
  const end = Math.min(series.steps, stepAt(timeMs) + horizonSteps);
  return {
    ...series,
    startMs: series.startMs + first * intervalMs,
    steps: end - first,
    values: series.values.map((values) => values.subarray(first, end)),
  };
}

function thin(times: readonly number[], most: number): number[] {
  const every = Math.max(1, Math.ceil(times.length / most));
  return times.filter((_, i) => i % every === 0);
}
