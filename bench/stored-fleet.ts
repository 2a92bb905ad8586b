// A fleet's history in a data directory: every server with a full grid of smooth values, older days sealed as a daemon
// would have left them.
import { join } from "node:path";
import { type Contract, intervalMs } from "../src/contract/index.ts";
import { openEmbeddedStore, type RowBatch } from "../src/store/index.ts";

/** A fleet with history. */
export interface StoredFleet {
  contract: Contract;
  servers: readonly string[];
  /** Intervals of history. */
  steps: number;
  /** End of the history, epoch milliseconds. */
  endMs: number;
}

const ROWS_PER_WRITE = 20_000;
const DAY_MS = 86_400_000;

/** Value of a metric that goes up and down once in ten hours or so, with some noise. */
export function fleetValue({ metrics }: Contract, metric: number, server: number, step: number): number {
  const { kind, min, max } = metrics[metric]!;
  if (kind === "flag") return 0;
  const middle = max === null ? (min ?? 0) + 10 : ((min ?? 0) + max) / 2;
  return middle * (1 + 0.3 * Math.sin((step + server + metric) / 20) + 0.1 * noise(server * 1021 + metric, step));
}

/** A number of [0, 1) that looks random: SplitMix's finaliser over 32 bits. */
function noise(series: number, step: number): number {
  let bits = Math.imul(series, 0x9e3779b1) ^ Math.imul(step, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}

/** Rows of the servers from `first` on, in one interval or several, in the order of time. */
function rowsAt({ contract, servers, steps, endMs }: StoredFleet, first: number, count: number): RowBatch {
  const stepMs = intervalMs(contract);
  const rows = Array.from({ length: count }, (_, i) => first + i);
  const server = (row: number): number => row % servers.length;
  const step = (row: number): number => Math.floor(row / servers.length);
  return {
    servers: rows.map((row) => servers[server(row)]!),
    timestampsMs: Float64Array.from(rows, (row) => endMs - (steps - step(row)) * stepMs),
    labels: contract.labels.map(({ values }) => rows.map((row) => values[server(row) % values.length] ?? null)),
    states: contract.state === null ? null : rows.map(() => null),
    metrics: contract.metrics.map((_, metric) =>
      Float64Array.from(rows, (row) => fleetValue(contract, metric, server(row), step(row))),
    ),
    texts: contract.texts.map(() => rows.map(() => null)),
  };
}

/** Stores the history in the data directory and seals its days but the newest two. @returns Seconds that it took. */
export async function storeFleet(dataDir: string, fleet: StoredFleet): Promise<number> {
  const beganMs = performance.now();
  const windowMs = fleet.steps * intervalMs(fleet.contract);
  const store = await openEmbeddedStore(join(dataDir, "store"), fleet.contract, { windowMs });
  const rows = fleet.servers.length * fleet.steps;
  for (let first = 0; first < rows; first += ROWS_PER_WRITE) {
    await store.write(rowsAt(fleet, first, Math.min(ROWS_PER_WRITE, rows - first)));
  }
  await store.sealBefore(Math.floor(fleet.endMs / DAY_MS) * DAY_MS - DAY_MS);
  await store.close();
  return (performance.now() - beganMs) / 1000;
}
