// Random training windows from a data set of any size: groups of servers within a memory budget take turns in memory.
// A batch depends on the seed and its number alone, so training can be resumed at any batch.
import { createRng, ForewarnError } from "../base/index.ts";
import type { DataSet, ServerInfo } from "../store/index.ts";
import type { InputSpec } from "./input-spec.ts";
import { type PreparedSeries, preparedBytesPerStep, prepareSeries } from "./prepared-series.ts";
import type { TimePart } from "./splits.ts";
import { sampleWindow, type WindowPlace } from "./windows.ts";

/** Bytes per value while a series is read, of which 4 remain. */
const READING_BYTES = 20;

/** How windows are drawn from a data set. */
export interface WindowSourceOptions {
  seed: number;
  /** Memory for series, in bytes; one server is always kept, however large. */
  memoryBytes: number;
  /** Batches drawn from a group of servers before the next one is read. */
  batchesPerGroup: number;
}

/** Draws random windows; holds one group of servers in memory. */
export interface WindowSource {
  /** Number of groups; 1 when everything fits. */
  readonly groupCount: number;
  /**
   * The windows of batch `batchNumber` (0, 1, ...), the same for the same seed whatever was drawn before.
   * @throws ForewarnError `insufficient_data` when the group has no window.
   */
  windows(batchNumber: number, size: number): Promise<WindowPlace[]>;
}

/** Opens a source of the windows of `part`; reads no series yet. */
export async function openWindowSource(
  spec: InputSpec,
  dataSet: DataSet,
  part: TimePart,
  options: WindowSourceOptions,
): Promise<WindowSource> {
  const { seed, memoryBytes, batchesPerGroup } = options;
  const usable = (await dataSet.servers()).filter((info) => reachesInto(spec, info, part));
  if (usable.length === 0) {
    throw new ForewarnError("insufficient_data", `${dataSet.directory}: Expected servers with windows, got none`, {
      hint: "give more data, or a shorter context or horizon",
    });
  }
  const groups = groupServers(spec, dataSet, shuffled(usable, seed), memoryBytes);
  let residentGroup = -1;
  let resident: PreparedSeries[] = [];

  return {
    groupCount: groups.length,
    async windows(batchNumber, size) {
      const group = Math.floor(batchNumber / batchesPerGroup) % groups.length;
      if (group !== residentGroup) {
        resident = []; // the old group is let go before the new one is read
        resident = await readGroup(spec, dataSet, groups[group]!);
        residentGroup = group;
      }
      const rng = createRng(seed).fork(`batch ${batchNumber}`);
      return Array.from({ length: size }, () => sampleWindow(rng, spec, resident, part));
    },
  };
}

/**
 * Reads and prepares servers in groups within `memoryBytes`, one group at a time, in the order given: for validation and
 * evaluation of data larger than memory.
 */
export async function* readPreparedGroups(
  spec: InputSpec,
  dataSet: DataSet,
  servers: readonly ServerInfo[],
  memoryBytes: number,
): AsyncGenerator<PreparedSeries[]> {
  for (const group of groupServers(spec, dataSet, servers, memoryBytes)) {
    yield await readGroup(spec, dataSet, group);
  }
}

async function readGroup(spec: InputSpec, dataSet: DataSet, servers: readonly string[]): Promise<PreparedSeries[]> {
  const series = await dataSet.readSeries(servers);
  return series.map((one) => prepareSeries(spec, one));
}

function groupServers(
  spec: InputSpec,
  dataSet: DataSet,
  servers: readonly ServerInfo[],
  memoryBytes: number,
): string[][] {
  const metricCount = dataSet.meta.contract.metrics.length;
  const bytesPerStep = preparedBytesPerStep(spec, metricCount) + (READING_BYTES - 4) * metricCount;
  const groups: string[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const { server, startMs, endMs } of servers) {
    const bytes = (Math.floor((endMs - startMs) / spec.intervalMs) + 1) * bytesPerStep;
    if (used + bytes > memoryBytes) {
      groups.push([]);
      used = 0;
    }
    groups.at(-1)!.push(server);
    used += bytes;
  }
  return groups;
}

function reachesInto(spec: InputSpec, info: ServerInfo, part: TimePart): boolean {
  const firstOriginEnd = info.startMs + spec.contextSteps * spec.intervalMs;
  const horizonMs = spec.horizonSteps * spec.intervalMs;
  return Math.max(firstOriginEnd, part.startMs) + horizonMs <= part.endMs && info.endMs >= part.startMs;
}

function shuffled(servers: readonly ServerInfo[], seed: number): ServerInfo[] {
  const rng = createRng(seed).fork("servers");
  const order = [...servers];
  for (let i = order.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    const other = order[j]!;
    order[j] = order[i]!;
    order[i] = other;
  }
  return order;
}
