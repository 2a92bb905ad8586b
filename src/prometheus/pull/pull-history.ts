// History of a database to a data set: a mapping evaluated over a range, span by span, one Parquet file for each.
import { join } from "node:path";
import { ForewarnError } from "../../base/index.ts";
import { contractId } from "../../contract/index.ts";
import { createDataSet, type DataSetMeta, writeBatch } from "../../store/index.ts";
import type { PrometheusClient } from "../client/client.ts";
import { LOOK_BACK_MS, settledUntil } from "../client/settled-until.ts";
import { evaluateMapping } from "../mapping/evaluate-mapping.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { emptyTally, type MappingTally } from "../mapping/tally.ts";
import { clientEvaluator } from "./range-evaluator.ts";

/** What to pull, and where to. */
export interface PullOptions {
  client: PrometheusClient;
  mapping: Mapping;
  /** Times that rows may cover, epoch milliseconds; only whole intervals within them become rows. */
  sinceMs: number;
  untilMs: number;
  /** Epoch milliseconds: the newest points of a database may not be what it has. */
  nowMs: number;
  /** Directory of the new data set; must not exist. */
  out: string;
  /** Version of Forewarn, recorded in the data set. */
  forewarnVersion: string;
  onProgress: (progress: PullProgress) => void;
}

/** How far a pull has come. */
export interface PullProgress {
  /** End of what was pulled, epoch milliseconds. */
  doneMs: number;
  /** Share of the range, 0 to 1. */
  share: number;
  rows: number;
  servers: number;
}

/** What a pull did. */
export interface PullReport {
  directory: string;
  contract: string;
  meta: DataSetMeta;
  findings: Omit<MappingTally, "servers"> & { servers: number };
  /** Length of the end of the range that was left out, because the database fills it with older values. */
  unsettledMs: number;
  /** What the database warned of. */
  warnings: readonly string[];
}

/** Values in memory at a time: rows of a span, times metrics. */
const SPAN_VALUES = 4_000_000;
/** Rows of the first span, before it is known how many servers there are. */
const FIRST_SPAN_STEPS = 12;

/**
 * Pulls history into the new data set `out`.
 * @throws ForewarnError `usage_invalid` for a range without a whole interval, `insufficient_data` if there is no row in
 *   it, `path_exists`, and what the client, the mapping and `createDataSet` throw. Nothing is left behind then.
 */
export async function pullHistory(options: PullOptions): Promise<PullReport> {
  const { client, mapping, out, onProgress } = options;
  const { contract, intervalMs } = mapping;
  const untilMs = await settledEnd(options);
  const { firstMs, lastMs } = rowRange(options.sinceMs, untilMs, intervalMs);
  const tally = emptyTally(mapping);
  const evaluate = clientEvaluator(client);
  const createdBy: DataSetMeta["createdBy"] = {
    tool: "prometheus",
    forewarnVersion: options.forewarnVersion,
    url: client.url,
    mapping: mapping.name,
    expressions: Object.fromEntries(mapping.metrics.map(({ metric, expression }) => [metric.name, expression])),
  };
  const meta = await createDataSet(out, contract, intervalMs, createdBy, async (rowsDirectory, db) => {
    let steps = FIRST_SPAN_STEPS;
    for (let fromMs = firstMs; fromMs <= lastMs; ) {
      const toMs = Math.min(lastMs, fromMs + (steps - 1) * intervalMs);
      const batch = await evaluateMapping(mapping, evaluate, fromMs, toMs, tally);
      if (batch.servers.length > 0) await writeBatch(db, contract, batch, join(rowsDirectory, fileName(fromMs)));
      fromMs = toMs + intervalMs;
      const share = (fromMs - firstMs) / (lastMs + intervalMs - firstMs);
      onProgress({ doneMs: fromMs, share, rows: tally.rows, servers: tally.servers.size });
      const rowsPerStep = Math.max(1, new Set(batch.servers).size);
      steps = Math.max(1, Math.min(4 * steps, Math.floor(SPAN_VALUES / (rowsPerStep * contract.metrics.length))));
    }
    if (tally.rows === 0) throw nothingFound(options);
  });
  const findings = { ...tally, servers: tally.servers.size };
  const unsettledMs = options.untilMs - untilMs;
  return { directory: out, contract: contractId(contract), meta, findings, unsettledMs, warnings: client.warnings() };
}

/** The end of the range, or of what the database has settled. */
async function settledEnd({ client, untilMs, nowMs }: PullOptions): Promise<number> {
  if (untilMs <= nowMs - LOOK_BACK_MS) return untilMs;
  return Math.min(untilMs, await settledUntil(client, nowMs));
}

/** Times of the first and the last row whose interval lies within the range. */
function rowRange(sinceMs: number, untilMs: number, intervalMs: number): { firstMs: number; lastMs: number } {
  const firstMs = Math.ceil(sinceMs / intervalMs) * intervalMs;
  const lastMs = Math.floor(untilMs / intervalMs) * intervalMs - intervalMs;
  if (firstMs <= lastMs) return { firstMs, lastMs };
  const range = `${new Date(sinceMs).toISOString()} to ${new Date(untilMs).toISOString()}`;
  throw new ForewarnError("usage_invalid", `range: Expected at least one whole interval, got ${range}`);
}

/** Names in order of time. */
function fileName(fromMs: number): string {
  return `${new Date(fromMs).toISOString().replaceAll(/[:.]/g, "-")}.parquet`;
}

function nothingFound({ client, mapping, sinceMs, untilMs }: PullOptions): ForewarnError {
  const range = `${new Date(sinceMs).toISOString()} to ${new Date(untilMs).toISOString()}`;
  return new ForewarnError(
    "insufficient_data",
    `${client.url}: Expected series for the mapping ${mapping.name} in ${range}, got none`,
    { hint: `forewarn prometheus discover --url ${client.url} says what it has` },
  );
}
