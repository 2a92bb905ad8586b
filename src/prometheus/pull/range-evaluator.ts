// Range queries of a mapping, answered by a database in parts: at most so many steps each, and half as many whenever the
// database or the size of the answer says that it was too much.
import { ForewarnError } from "../../base/index.ts";
import type { QueryRange } from "../../promql/index.ts";
import type { SampleSeries } from "../client/answers.ts";
import type { PrometheusClient } from "../client/client.ts";
import { type Evaluate, emptyColumn, type StepSeries, stepAt, stepCount } from "../mapping/evaluator.ts";
import { seriesText } from "../value.ts";

/** Points of a series that Prometheus gives in one answer. */
const MOST_STEPS = 11_000;

/**
 * Makes the evaluator of a database.
 * @throws ForewarnError when called: what the client throws; `prometheus_failed` if even one step is too much.
 */
export function clientEvaluator(client: PrometheusClient): Evaluate {
  // What was too much for one query is too much for the same query a chunk later.
  const mostSteps = new Map<string, number>();
  return async (query, range) => {
    const steps = stepCount(range);
    const columns = new Map<string, StepSeries>();
    for (let first = 0; first < steps; ) {
      const count = Math.min(steps - first, mostSteps.get(query) ?? MOST_STEPS);
      const part = {
        startMs: range.startMs + first * range.stepMs,
        endMs: range.startMs + (first + count - 1) * range.stepMs,
        stepMs: range.stepMs,
      };
      try {
        for (const series of await client.queryRange(query, part)) fill(columns, series, range);
        first += count;
      } catch (error) {
        const isTooMuch = error instanceof ForewarnError && error.code === "prometheus_failed" && count > 1;
        if (!isTooMuch) throw error;
        mostSteps.set(query, Math.ceil(count / 2));
      }
    }
    return [...columns.values()];
  };
}

/** Puts the points of a part into the column of their series. */
function fill(columns: Map<string, StepSeries>, { labels, timesMs, values }: SampleSeries, range: QueryRange): void {
  const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  const column = columns.get(key) ?? { labels, values: emptyColumn(range) };
  columns.set(key, column);
  for (let i = 0; i < timesMs.length; i++) {
    const step = stepAt(range, timesMs[i]!);
    if (step === null) throw offGrid(labels, timesMs[i]!);
    column.values[step] = values[i]!;
  }
}

/** A database that moves the range to suit itself gives values of other times than those asked for. */
function offGrid(labels: Readonly<Record<string, string>>, timeMs: number): ForewarnError {
  return new ForewarnError(
    "prometheus_invalid",
    `${seriesText(labels)}: Expected points at the steps of the range, got one at ${new Date(timeMs).toISOString()}`,
    { hint: "a proxy in front of the database may align queries; use the URL of the database itself" },
  );
}
