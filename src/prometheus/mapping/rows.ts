// Columns of metrics and labels by server to rows.
import type { QueryRange } from "../../promql/index.ts";
import type { RowBatch } from "../../store/index.ts";
import { stepCount } from "./evaluator.ts";
import type { Mapping } from "./mapping.ts";
import type { MappingTally } from "./tally.ts";

/** By metric or label name, then by server: one value for each step. */
type Columns<Column> = ReadonlyMap<string, ReadonlyMap<string, Column>>;

/** Makes the rows that have a value of some metric and, unless it is null, of `present`, by server and time. */
export function buildRows(
  { contract, intervalMs }: Mapping,
  present: ReadonlyMap<string, Float64Array> | null,
  metrics: Columns<Float64Array>,
  labels: Columns<readonly (string | null)[]>,
  range: QueryRange,
  tally: MappingTally,
): RowBatch {
  const steps = stepCount(range);
  const servers = [...new Set([...metrics.values()].flatMap((columns) => [...columns.keys()]))].sort();
  const rowServers: string[] = [];
  const rowSteps: number[] = [];
  for (const server of servers) {
    const presence = present?.get(server);
    if (present !== null && presence === undefined) continue;
    const columns = [...metrics.values()].flatMap((byServer) => byServer.get(server) ?? []);
    for (let step = 0; step < steps; step++) {
      if (presence !== undefined && Number.isNaN(presence[step]!)) continue;
      if (columns.every((column) => Number.isNaN(column[step]!))) continue;
      rowServers.push(server);
      rowSteps.push(step);
    }
  }
  tally.rows += rowServers.length;
  for (const server of rowServers) tally.servers.add(server);
  const count = rowServers.length;
  return {
    servers: rowServers,
    timestampsMs: Float64Array.from(rowSteps, (step) => range.startMs - intervalMs + step * intervalMs),
    labels: contract.labels.map(({ name }) =>
      rowServers.map((server, row) => labels.get(name)?.get(server)?.[rowSteps[row]!] ?? null),
    ),
    states: contract.state === null ? null : new Array<null>(count).fill(null),
    metrics: contract.metrics.map(({ name }) => {
      const values = new Float64Array(count).fill(Number.NaN);
      let column: Float64Array | undefined;
      let missing = 0;
      for (let row = 0; row < count; row++) {
        if (row === 0 || rowServers[row] !== rowServers[row - 1]) column = metrics.get(name)?.get(rowServers[row]!);
        if (column !== undefined) values[row] = column[rowSteps[row]!]!;
        if (Number.isNaN(values[row]!)) missing++;
      }
      tally.missing[name] = (tally.missing[name] ?? 0) + missing;
      return values;
    }),
    texts: contract.texts.map(() => new Array<null>(count).fill(null)),
  };
}
