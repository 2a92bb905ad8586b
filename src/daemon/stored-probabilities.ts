// The breach probabilities of stored forecasts as columns, 30 bytes a forecast: what replays of alert rules read. DuckDB
// takes them out of the records on its own threads.
import type { DuckDBConnection } from "@duckdb/node-api";
import type { RecordedBreach } from "../evaluate/index.ts";
import { duckDbError, queryRows, sqlText } from "../store/index.ts";
import { type Breather, createBreather } from "./breather.ts";
import { openForecastFiles } from "./forecast-files.ts";

/** Which forecasts are read. */
export interface ProbabilityRange {
  /** Breach rule of the contract. */
  rule: string;
  /** Times of issue, epoch milliseconds: [from, to). */
  fromMs: number;
  toMs: number;
  /** Beyond so many, some of the servers are left out, always the same ones. */
  mostForecasts: number;
}

/** What was said about a rule, by server and tick. */
export interface StoredProbabilities {
  /** When forecasts were issued, increasing.  [ticks] */
  ticksMs: Float64Array;
  /** Horizons of the newest forecast, increasing. */
  withinMs: readonly number[];
  lanes: readonly ProbabilityLane[];
  /** Servers with forecasts in that time, also those that were left out. */
  knownServers: number;
  /** Models that made them, and how many each. */
  models: readonly { modelId: string; forecasts: number }[];
}

/** One server. */
export interface ProbabilityLane {
  server: string;
  /** Start of the first forecast step; NaN at ticks without a forecast.  [ticks] */
  originsMs: Float64Array;
  /** For each horizon; NaN at ticks without.  [horizons][ticks] */
  probabilities: readonly Float32Array[];
}

/** Reads them from a directory of forecast files. @throws ForewarnError `file_unreadable`. */
export async function readProbabilities(directory: string, range: ProbabilityRange): Promise<StoredProbabilities> {
  const files = await openForecastFiles(directory, "read");
  const empty = { ticksMs: new Float64Array(0), withinMs: [], lanes: [], knownServers: 0, models: [] };
  const read = () => files.query<StoredProbabilities>(range, empty, (db, source) => readColumns(db, source, range));
  try {
    // The files of a day's ticks become one while the daemon goes on.
    return await read().catch(read);
  } catch (error) {
    throw duckDbError(error, directory, "file_unreadable");
  } finally {
    files.close();
  }
}

async function readColumns(
  db: DuckDBConnection,
  files: string,
  { rule, fromMs, toMs, mostForecasts }: ProbabilityRange,
): Promise<StoredProbabilities> {
  const condition = `issued_at >= make_timestamp_ms(${fromMs}) AND issued_at < make_timestamp_ms(${toMs})`;
  const source = `(FROM ${files} WHERE ${condition})`;
  await db.run(`CREATE OR REPLACE TEMP TABLE chosen AS
    SELECT server, (row_number() OVER (ORDER BY server) - 1)::INTEGER AS place FROM (
      SELECT server, sum(count(*)) OVER (ORDER BY hash(server)) AS total FROM ${source} GROUP BY server
    ) ${Number.isFinite(mostForecasts) ? `WHERE total <= ${mostForecasts}` : ""}`);
  const named = await queryRows(db, "SELECT server FROM chosen ORDER BY place");
  const servers = named.map((row) => row["server"] as string);
  const [known] = await queryRows(db, `SELECT count(DISTINCT server)::DOUBLE AS servers FROM ${source}`);
  const times = await queryRows(
    db,
    `SELECT DISTINCT epoch_ms(issued_at)::DOUBLE AS issued FROM ${source} ORDER BY issued`,
  );
  const ticksMs = Float64Array.from(times, (row) => row["issued"] as number);
  const [newest] = await queryRows(
    db,
    `SELECT breaches, interval_ms::DOUBLE AS interval FROM ${source} ORDER BY issued_at DESC, server LIMIT 1`,
  );
  const breaches = JSON.parse((newest?.["breaches"] as string) ?? "[]") as RecordedBreach[];
  const withinSteps = breaches.find((breach) => breach.rule === rule)?.withinSteps ?? [];
  const breathe = createBreather();
  const lanes: ProbabilityLane[] = [];
  for (const server of servers) {
    lanes.push(emptyLane(server, ticksMs.length, withinSteps.length));
    await breathe();
  }
  const counted = await readCells(db, source, { rule, withinSteps, ticksMs, lanes }, breathe);
  return {
    ticksMs,
    withinMs: withinSteps.map((steps) => steps * (newest!["interval"] as number)),
    lanes,
    knownServers: (known?.["servers"] as number) ?? 0,
    models: counted,
  };
}

function emptyLane(server: string, ticks: number, horizons: number): ProbabilityLane {
  return {
    server,
    originsMs: new Float64Array(ticks).fill(Number.NaN),
    probabilities: Array.from({ length: horizons }, () => new Float32Array(ticks).fill(Number.NaN)),
  };
}

const RECORDED = `'[{"rule":"VARCHAR","withinSteps":["INTEGER"],"probabilities":["FLOAT"]}]'`;

/** Fills the lanes. @returns The forecasts by model; one that was made again after a restart counts once. */
async function readCells(
  db: DuckDBConnection,
  source: string,
  grid: { rule: string; withinSteps: readonly number[]; ticksMs: Float64Array; lanes: readonly ProbabilityLane[] },
  breathe: Breather,
): Promise<{ modelId: string; forecasts: number }[]> {
  const { rule, withinSteps, ticksMs, lanes } = grid;
  const models = (await queryRows(db, `SELECT DISTINCT model_id AS id FROM ${source} ORDER BY id`)).map(
    (row) => row["id"] as string,
  );
  const modelOf = `list_position([${models.map(sqlText).join(", ")}], model_id)`;
  const columns = withinSteps.map((steps) => `breach.probabilities[list_position(breach.withinSteps, ${steps})]`);
  const result = await db.stream(
    `WITH told AS (
       SELECT place, epoch_ms(issued_at)::DOUBLE AS issued, epoch_ms(origin)::DOUBLE AS origin, ${modelOf} AS model,
         list_filter(from_json(breaches, ${RECORDED}), lambda one: one.rule = ${sqlText(rule)})[1] AS breach
       FROM ${source} JOIN chosen USING (server))
     SELECT ${["place", "issued", "origin", "model", ...columns].join(", ")} FROM told`,
  );
  const ticks = new Map(Array.from(ticksMs, (tickMs, tick) => [tickMs, tick]));
  const madeBy = lanes.map(() => new Uint16Array(ticksMs.length));
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const [places, issued, origins, model, ...told] = Array.from({ length: chunk.columnCount }, (_, column) =>
      chunk!.getColumnVector(column),
    );
    for (let row = 0; row < chunk.rowCount; row++) {
      const place = places!.getItem(row) as number;
      const tick = ticks.get(issued!.getItem(row) as number)!;
      const { originsMs, probabilities } = lanes[place]!;
      originsMs[tick] = origins!.getItem(row) as number;
      madeBy[place]![tick] = model!.getItem(row) as number;
      for (const [horizon, values] of told.entries()) {
        probabilities[horizon]![tick] = (values.getItem(row) as number | null) ?? Number.NaN;
      }
    }
    await breathe();
  }
  const forecasts = new Float64Array(models.length);
  for (const [place, lane] of lanes.entries()) {
    dropRepeats(lane, madeBy[place]!);
    for (const model of madeBy[place]!) if (model > 0) forecasts[model - 1]!++;
    await breathe();
  }
  return models.map((modelId, index) => ({ modelId, forecasts: forecasts[index]! }));
}

/** Takes away forecasts of an origin that the same model had served before, also from `madeBy`. */
function dropRepeats({ originsMs, probabilities }: ProbabilityLane, madeBy: Uint16Array): void {
  let before = -1;
  for (let tick = 0; tick < originsMs.length; tick++) {
    if (madeBy[tick] === 0) continue;
    if (before >= 0 && originsMs[before] === originsMs[tick] && madeBy[before] === madeBy[tick]) {
      originsMs[tick] = Number.NaN;
      madeBy[tick] = 0;
      for (const column of probabilities) column[tick] = Number.NaN;
    } else before = tick;
  }
}
