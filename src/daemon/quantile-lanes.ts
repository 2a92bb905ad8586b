// What an alert rule over quantiles reads off stored forecasts. Records with quantiles are large, so those of a few servers
// are read at a time, and only the rule's reading of each is kept: 9 bytes for each server and tick.
import { type AlertRule, readLane } from "../alert/index.ts";
import { queryRows } from "../store/index.ts";
import type { ForecastFiles } from "./forecast-files.ts";

/** Readings of a rule, by server and tick. */
export interface QuantileLanes {
  /** When forecasts with quantiles were issued, increasing.  [ticks] */
  ticksMs: Float64Array;
  /** Sorted by server; see {@link readLane}. */
  lanes: ({ server: string } & ReturnType<typeof readLane>)[];
  forecasts: number;
}

/** Records that are held at a time, 10 kB each; those of one server are never divided. */
const MOST_RECORDS = 4000;

/** Reads the lanes of all servers that have forecasts with quantiles in [fromMs, toMs). */
export async function readQuantileLanes(
  rule: AlertRule,
  files: Pick<ForecastFiles, "query" | "read">,
  range: { fromMs: number; toMs: number },
  mostRecords = MOST_RECORDS,
): Promise<QuantileLanes> {
  const { ticksMs, counts } = await readOutline(files, range);
  const lanes: QuantileLanes["lanes"] = [];
  let forecasts = 0;
  for (const servers of batchesOf(counts, mostRecords)) {
    const records = await files.read({ ...range, servers, quantiles: "only" });
    forecasts += records.length;
    for (const server of servers) {
      const own = records.filter((record) => record.server === server).map((record) => ({ record }));
      lanes.push({ server, ...readLane(rule, ticksMs, own) });
    }
  }
  return { ticksMs, lanes, forecasts };
}

/** The ticks, and how many records each server has. */
async function readOutline(files: Pick<ForecastFiles, "query">, { fromMs, toMs }: { fromMs: number; toMs: number }) {
  const empty = { ticksMs: new Float64Array(0), counts: new Map<string, number>() };
  return files.query({ fromMs, toMs }, empty, async (db, source) => {
    const chosen = `(FROM ${source} WHERE targets <> '[]'
      AND issued_at >= make_timestamp_ms(${fromMs}) AND issued_at < make_timestamp_ms(${toMs}))`;
    const ticks = await queryRows(
      db,
      `SELECT DISTINCT epoch_ms(issued_at)::DOUBLE AS tick FROM ${chosen} ORDER BY tick`,
    );
    const servers = await queryRows(
      db,
      `SELECT server, count(*)::DOUBLE AS records FROM ${chosen} GROUP BY server ORDER BY server`,
    );
    return {
      ticksMs: Float64Array.from(ticks, (row) => row["tick"] as number),
      counts: new Map(servers.map((row) => [row["server"] as string, row["records"] as number])),
    };
  });
}

function* batchesOf(counts: ReadonlyMap<string, number>, most: number): Generator<string[]> {
  let [batch, records] = [[] as string[], 0];
  for (const [server, count] of counts) {
    if (batch.length > 0 && records + count > most) {
      yield batch;
      [batch, records] = [[], 0];
    }
    batch.push(server);
    records += count;
  }
  if (batch.length > 0) yield batch;
}
