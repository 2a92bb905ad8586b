// The samples in memory: by interval of the contract, then by series. A source of series for queries.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { SelectRequest, SeriesSource, SourceSeries } from "../promql/index.ts";
import { createSampleColumns, type PagePool, type SampleColumns, sampleSlab } from "./sample-columns.ts";
import type { Series, SeriesTable } from "./series-table.ts";

/** The samples with a time in (startMs, startMs + interval]: those that the row stamped `startMs` is made of. */
export interface Interval {
  startMs: number;
  columns: SampleColumns;
  /** Whether its rows are written, as far as they can be; a sample that comes later takes this back. */
  settled: boolean;
  /** Samples that it held, and servers that waited, when it was evaluated last; -1 before. */
  evaluatedCount: number;
  heldCount: number;
  /** Whether the mapping made no rows of it then. */
  hasFailed: boolean;
  /** It is not evaluated before this time. */
  retryAtMs: number;
  /** Servers whose rows are written. */
  written: Set<string>;
  /** When a sample came last. */
  arrivedAtMs: number;
  /** When a sample came last that came after the interval was due, by the place of its server. */
  late: Map<number, number>;
  /** Since when samples are seen to be missing though later ones came, by the place of their server. */
  gaps: Map<number, number>;
}

/** What became of one sample. */
export type SampleOutcome = "added" | "known" | "other_value";

/** See {@link createSampleIndex}. */
export interface SampleIndex extends SeriesSource {
  /** Adds a sample; its time is whole milliseconds. */
  add(series: Series, timeMs: number, value: number, stale: boolean, nowMs: number): SampleOutcome;
  /** The value that a series has at a time, for messages. */
  valueAt(series: Series, timeMs: number): number | "stale" | undefined;
  /** Start of the interval that a time lies in. */
  startOf(timeMs: number): number;
  interval(startMs: number): Interval | undefined;
  /** Intervals with samples, oldest first. */
  intervals(): Interval[];
  /** Samples held. */
  count(): number;
  /** Drops an interval with its samples. */
  drop(interval: Interval): void;
  /** Times of the oldest sample of a series, dropped ones included, and of its newest; by its id. */
  oldestMs(id: number): number;
  newestMs(id: number): number;
  /** Distance of its newest samples, of which a single gap makes little; at most an interval, 0 for a single sample. */
  stepMs(id: number): number;
  /** Whether the newest sample of a series is a stale marker: nothing more is to come. */
  hasEnded(id: number): boolean;
}

/** So much longer a distance may become with every sample: a gap is no other distance, but many of them are. */
const GROWTH_OF_STEP = 1.1;
const SLAB_SAMPLES = 1 << 16;
/** Series that are read without a turn of the event loop: some milliseconds. */
const SLICE_SERIES = 4096;

/**
 * Makes an empty index.
 * @param intervalMs Length of an interval.
 * @param delayMs How long after its end an interval is due; a sample that comes after that is late.
 */
export function createSampleIndex(table: SeriesTable, intervalMs: number, delayMs: number): SampleIndex {
  const byStart = new Map<number, Interval>();
  const pool: PagePool = [];
  let current: Interval | undefined;
  let total = 0;
  let newest = new Float64Array(0);
  /** Of the sample that was added last, and the distance of samples, as far as they came one after the other. */
  let latest = new Float64Array(0);
  let steps = new Float64Array(0);
  let oldest = new Float64Array(0);
  let ended = new Uint8Array(0);

  const startOf = (timeMs: number): number => (Math.ceil(timeMs / intervalMs) - 1) * intervalMs;
  const intervalOf = (timeMs: number): Interval => {
    const startMs = startOf(timeMs);
    let found = byStart.get(startMs);
    if (found === undefined) {
      found = {
        ...{ startMs, columns: createSampleColumns(pool), settled: false, hasFailed: false, arrivedAtMs: 0 },
        ...{ evaluatedCount: -1, heldCount: -1, retryAtMs: Number.NEGATIVE_INFINITY },
        ...{ written: new Set(), late: new Map(), gaps: new Map() },
      };
      byStart.set(startMs, found);
    }
    return found;
  };
  const grow = (): void => {
    const size = Math.max(1024, Math.ceil(table.capacity() * 1.5));
    const larger = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(size);
      grown.set(column);
      return grown;
    };
    [newest, latest, steps, oldest] = [larger(newest), larger(latest), larger(steps), larger(oldest)];
    const largerEnded = new Uint8Array(size);
    largerEnded.set(ended);
    ended = largerEnded;
  };
  const overlapping = ({ startMs, endMs }: SelectRequest): Interval[] =>
    [...byStart.values()]
      .filter((one) => one.startMs + intervalMs > startMs && one.startMs < endMs)
      .sort((a, b) => a.startMs - b.startMs);

  return {
    add(series, timeMs, value, stale, nowMs) {
      if (current === undefined || timeMs <= current.startMs || timeMs > current.startMs + intervalMs) {
        current = intervalOf(timeMs);
      }
      const { id } = series;
      if (id >= newest.length) grow();
      const { columns, startMs } = current;
      const isFirst = series.intervals === 0;
      const newestMs = isFirst ? Number.NEGATIVE_INFINITY : newest[id]!;
      if (timeMs <= newestMs) {
        const known = columns.valueAt(id, timeMs - startMs);
        if (known !== undefined) return sameValue(known, stale ? "stale" : value) ? "known" : "other_value";
      } else {
        if (!isFirst) steps[id]! *= GROWTH_OF_STEP;
        newest[id] = timeMs;
        ended[id] = stale ? 1 : 0;
      }
      const stepMs = isFirst ? 0 : Math.abs(timeMs - latest[id]!);
      if (isFirst || steps[id] === 0 || stepMs < steps[id]!) steps[id] = stepMs;
      latest[id] = timeMs;
      if (isFirst || timeMs < oldest[id]!) oldest[id] = timeMs;
      if (columns.add(id, timeMs - startMs, value, stale)) series.intervals++;
      total++;
      current.settled = false;
      current.arrivedAtMs = nowMs;
      if (nowMs >= startMs + intervalMs + delayMs) current.late.set(series.server, nowMs);
      return "added";
    },
    valueAt: (series, timeMs) => {
      const startMs = startOf(timeMs);
      return byStart.get(startMs)?.columns.valueAt(series.id, timeMs - startMs);
    },
    startOf,
    interval: (startMs) => byStart.get(startMs),
    intervals: () => [...byStart.values()].sort((a, b) => a.startMs - b.startMs),
    count: () => total,
    drop(interval) {
      byStart.delete(interval.startMs);
      if (current === interval) current = undefined;
      total -= interval.columns.count();
      interval.columns.eachSeries((id) => {
        table.at(id).intervals--;
      });
      interval.columns.drop();
    },
    oldestMs: (id) => oldest[id]!,
    newestMs: (id) => newest[id]!,
    stepMs: (id) => Math.min(intervalMs, steps[id]!),
    hasEnded: (id) => ended[id] === 1,
    async select(request) {
      const { matchers, startMs, endMs, signal } = request;
      const intervals = overlapping(request);
      const selected = table.select(matchers);
      const found: SourceSeries[] = [];
      const places: number[] = [];
      let slab = sampleSlab(0);
      let used = 0;
      for (const [at, { id, labels }] of selected.entries()) {
        let begin = used;
        for (const { columns, startMs: fromMs } of intervals) {
          const count = columns.find(id, startMs - fromMs, endMs - fromMs, places);
          if (count === 0) continue;
          if (used + count > slab.values.length) {
            const next = sampleSlab(Math.max(SLAB_SAMPLES, used - begin + count));
            next.timesMs.set(slab.timesMs.subarray(begin, used));
            next.bits.set(slab.bits.subarray(begin * 2, used * 2));
            [slab, used, begin] = [next, used - begin, 0];
          }
          columns.copy(places, count, fromMs, slab, used);
          used += count;
        }
        if (used > begin) {
          found.push({
            labels,
            timesMs: slab.timesMs.subarray(begin, used),
            values: slab.values.subarray(begin, used),
          });
        }
        if (at % SLICE_SERIES === SLICE_SERIES - 1) {
          await nextTurn();
          if (signal.aborted) break;
        }
      }
      return found;
    },
  };
}

/** Values are the same if their bits are, but any NaN is a missing value; a stale marker is only itself. */
function sameValue(known: number | "stale", given: number | "stale"): boolean {
  return Object.is(known, given);
}
