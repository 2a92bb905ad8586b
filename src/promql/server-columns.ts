// An expression of a mapping: evaluated to one value for every server and step, as rows of a data set need it.
import { queryFailed } from "./errors.ts";
import { openEvaluation } from "./evaluate/evaluate.ts";
import { timeOf } from "./evaluate/grid.ts";
import { formatLabels, labelValue } from "./labels.ts";
import { DEFAULT_QUERY_OPTIONS, type QueryOptions } from "./options.ts";
import { checkSteps, gridOf, type QueryRange, seriesOf } from "./query.ts";
import type { SeriesSource } from "./source.ts";
import { parseQuery } from "./syntax/parser.ts";

/** One column for every server. */
export interface ServerColumns {
  /** Unix milliseconds of the steps. */
  timesMs: Float64Array;
  /** By server: one value per step, NaN where there is none. */
  columns: ReadonlyMap<string, Float64Array>;
}

/**
 * Evaluates `expression` at every step of `range`.
 * @param serverLabel The label whose value is the server.
 * @throws ForewarnError `query_failed` if a series lacks that label, or two series of a server have a value at one step;
 *   otherwise as `rangeQuery`.
 */
export async function evaluateByServer(
  expression: string,
  source: SeriesSource,
  range: QueryRange,
  serverLabel: string,
  options: Partial<QueryOptions> = {},
): Promise<ServerColumns> {
  const complete = { ...DEFAULT_QUERY_OPTIONS, ...options };
  const parsed = parseQuery(expression);
  const grid = gridOf(range, complete.maxSteps);
  checkSteps(parsed);
  const context = await openEvaluation(parsed, expression, source, grid, range.endMs, complete);
  const value = await context.evaluate(parsed, grid);
  const columns = new Map<string, Float64Array>();
  const filled = new Map<string, Uint8Array>();
  for (const { labels, values, present } of seriesOf(value, grid.count)) {
    if (!present.includes(1)) continue;
    const server = labelValue(labels, serverLabel);
    if (server === "") throw queryFailed(`the label ${serverLabel} on every series`, formatLabels(labels), "");
    const column = columns.get(server) ?? new Float64Array(grid.count).fill(Number.NaN);
    const taken = filled.get(server) ?? new Uint8Array(grid.count);
    for (let step = 0; step < grid.count; step++) {
      if (present[step] === 0) continue;
      if (taken[step] === 1) {
        throw queryFailed(`one series for each ${serverLabel}`, `another of ${server}: ${formatLabels(labels)}`, "");
      }
      column[step] = values[step]!;
      taken[step] = 1;
    }
    columns.set(server, column);
    filled.set(server, taken);
    await context.budget.pause();
  }
  const timesMs = Float64Array.from({ length: grid.count }, (_, step) => timeOf(grid, step));
  return { timesMs, columns };
}
