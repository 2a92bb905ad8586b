// Rows of a fleet out of a database: by parts of servers and spans of time, several at once, never more in memory than a
// bound allows.
import { ForewarnError } from "../../base/index.ts";
import { intervalMs } from "../../contract/index.ts";
import type { BinRange, RowBatch } from "../../store/index.ts";
import type { PrometheusClient } from "../client/client.ts";
import { evaluateMapping } from "../mapping/evaluate-mapping.ts";
import type { Evaluate } from "../mapping/evaluator.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { emptyTally } from "../mapping/tally.ts";
import { clientEvaluator } from "../pull/range-evaluator.ts";
import type { MappingParts } from "./mapping-parts.ts";

/** Servers that are asked for together, and the bins of theirs to read. */
export interface ReadPart {
  /** Their values of the server label; null is everyone whom the mapping finds. */
  values: readonly string[] | null;
  range: BinRange;
}

/** What came of a part; called once for each span of time, in their order. */
export type VisitRows = (batch: RowBatch, part: ReadPart) => Promise<void>;

/** Values that are read at a time for one part. */
const SPAN_VALUES = 4_000_000;
/** Bins of the first span, while it is unknown how many servers there are. */
const FIRST_SPAN_BINS = 12;
/** Parts that are read at the same time: one is computed by the database while another one is read here. */
const PARALLEL_PARTS = 4;

/** How parts are read. */
export interface ReadOptions {
  /** Bins before `range` whose rows come along: increases of counters need one. */
  leadBins: number;
  /** Told of a server that the mapping cannot make rows of; the others of its part are read all the same. */
  onUnreadable: (error: ForewarnError) => void;
}

/**
 * Reads parts.
 * @throws ForewarnError What the client throws, and what the mapping throws when it is asked in whole; what was visited
 *   before counts. Parts that are being read are waited for, no more are begun.
 */
export async function readParts(
  client: PrometheusClient,
  mapping: Mapping,
  { part: partOf }: MappingParts,
  parts: readonly ReadPart[],
  { leadBins, onUnreadable }: ReadOptions,
  visit: VisitRows,
): Promise<void> {
  const evaluate = clientEvaluator(client);
  const waiting = [...parts];
  const failures: unknown[] = [];
  const take = (part: ReadPart, error: unknown): void => {
    if (!isOfOneServer(error) || part.values === null) failures.push(error);
    else if (part.values.length === 1) onUnreadable(error);
    else {
      const half = Math.ceil(part.values.length / 2);
      waiting.push({ ...part, values: part.values.slice(0, half) }, { ...part, values: part.values.slice(half) });
    }
  };
  const work = async (): Promise<void> => {
    for (let part = waiting.shift(); part !== undefined && failures.length === 0; part = waiting.shift()) {
      const narrowed = part.values === null ? mapping : partOf(part.values);
      try {
        await readSpans(narrowed, evaluate, part, leadBins, visit);
      } catch (error) {
        take(part, error);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_PARTS }, work));
  if (failures.length > 0) throw failures[0];
}

/** Whether it is the fault of one server's series, so that the others of its part can be read without it. */
function isOfOneServer(error: unknown): error is ForewarnError {
  return error instanceof ForewarnError && (error.code === "server_ambiguous" || error.code === "server_missing");
}

async function readSpans(
  mapping: Mapping,
  evaluate: Evaluate,
  part: ReadPart,
  leadBins: number,
  visit: VisitRows,
): Promise<void> {
  const { contract } = mapping;
  const interval = intervalMs(contract);
  const spanOf = (servers: number): number =>
    Math.max(1, Math.floor(SPAN_VALUES / (Math.max(1, servers) * contract.metrics.length)));
  let bins = part.values === null ? FIRST_SPAN_BINS : spanOf(part.values.length);
  for (let { first } = part.range; first < part.range.end; ) {
    const range = { first, end: Math.min(part.range.end, first + bins) };
    const tally = emptyTally(mapping);
    const [firstMs, lastMs] = [(range.first - leadBins) * interval, (range.end - 1) * interval];
    await visit(await evaluateMapping(mapping, evaluate, firstMs, lastMs, tally), { ...part, range });
    first = range.end;
    if (part.values === null) bins = Math.min(4 * bins, spanOf(tally.servers.size));
  }
}
