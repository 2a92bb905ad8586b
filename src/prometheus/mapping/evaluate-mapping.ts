// A mapping, evaluated: every expression at the end of every interval, put together as rows of the contract.
import type { QueryRange } from "../../promql/index.ts";
import type { RowBatch } from "../../store/index.ts";
import { columnsByServer } from "./by-server.ts";
import type { Evaluate } from "./evaluator.ts";
import { labelsByServer } from "./label-columns.ts";
import { inRange } from "./legal-values.ts";
import type { Mapping } from "./mapping.ts";
import { buildRows } from "./rows.ts";
import type { MappingTally } from "./tally.ts";

/**
 * Makes the rows stamped `firstMs`, `firstMs + interval`, ... `lastMs`. The row stamped T covers the interval that begins
 * at T, as everywhere in a data set, so its expressions are evaluated at T + interval: `avg_over_time(x[$interval])` is
 * then the mean over the row's own time, and nothing later is in it.
 * @param firstMs A multiple of the interval, epoch milliseconds; so is `lastMs`, which is not before it.
 * @param tally Counts are added to it.
 * @returns Rows by server and time; a server has none where it has no value of any metric, or none of `server.present`.
 * @throws ForewarnError `server_ambiguous`, `server_missing`; what `evaluate` throws.
 */
export async function evaluateMapping(
  mapping: Mapping,
  evaluate: Evaluate,
  firstMs: number,
  lastMs: number,
  tally: MappingTally,
): Promise<RowBatch> {
  const { intervalMs } = mapping;
  const range: QueryRange = { startMs: firstMs + intervalMs, endMs: lastMs + intervalMs, stepMs: intervalMs };
  const metrics = new Map<string, Map<string, Float64Array>>();
  for (const mapped of mapping.metrics) {
    const series = await evaluate(mapped.expression, range);
    const columns = columnsByServer(mapping, `metrics.${mapped.metric.name}`, series, range);
    for (const [server, column] of columns) inRange(mapped, server, column, firstMs, intervalMs, tally);
    metrics.set(mapped.metric.name, columns);
  }
  const labels = new Map<string, Map<string, (string | null)[]>>();
  for (const mapped of mapping.labels) {
    const series = await evaluate(mapped.expression, range);
    labels.set(mapped.name, labelsByServer(mapping, mapped, series, range, tally));
  }
  const present =
    mapping.present === null
      ? null
      : columnsByServer(mapping, "server.present", await evaluate(mapping.present, range), range);
  return buildRows(mapping, present, metrics, labels, range, tally);
}
