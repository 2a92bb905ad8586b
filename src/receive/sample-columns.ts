// The samples of one interval of time, of all series: columns that only grow, with the samples of each series chained from
// the last to the first. Adding costs the same in any order, and an interval is dropped as a whole.
import { STALE_MARKER_BITS } from "../promql/index.ts";

/** Samples in one page of the columns; a power of two. */
const PAGE_BITS = 10;
const PAGE_SAMPLES = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_SAMPLES - 1;
/** Pages that are kept for the next interval: 64 MiB. */
const MOST_FREE_PAGES = 4096;
/** A longer chain that is searched gets a table of its times. */
const LONG_CHAIN = 256;

/** 16 bytes a sample side by side, since the samples of a series lie far apart: each costs one access to memory. */
interface Page {
  /**
   * At 4 * place: twice the time since the start of the interval in milliseconds, and one for a stale marker. After it:
   * place of the sample of the same series that was added before, plus one; 0 is none.
   */
  words: Int32Array;
  /** The same memory: the value at 2 * place + 1. */
  doubles: Float64Array;
}

/** Pages that are free. */
export type PagePool = Page[];

/** The longest interval in milliseconds: twice of it must fit into 32 bits. */
export const LONGEST_INTERVAL_MS = 2 ** 30;

/** See {@link createSampleColumns}. */
export interface SampleColumns {
  /** Samples held. */
  count(): number;
  /** Samples of a series. */
  countOf(series: number): number;
  /** Their times in milliseconds since the start, ascending. */
  timesOf(series: number): number[];
  /** Adds a sample whose time the series does not have yet. Returns whether it is the first of its series. */
  add(series: number, sinceStartMs: number, value: number, stale: boolean): boolean;
  /** The sample of a series at a time: its value, or "stale"; undefined without one. */
  valueAt(series: number, sinceStartMs: number): number | "stale" | undefined;
  /**
   * Finds the samples of a series with a time in (afterMs, untilMs].
   * @param places Is filled with their places, the one added last first; grows as needed.
   * @returns How many there are.
   */
  find(series: number, afterMs: number, untilMs: number, places: number[]): number;
  /** Writes `count` found samples to `out` from `begin` on, by time. @param startMs Is added to their times. */
  copy(places: readonly number[], count: number, startMs: number, out: SampleSlab, begin: number): void;
  /** Visits every series that has a sample. */
  eachSeries(visit: (series: number) => void): void;
  /** Gives the pages back. */
  drop(): void;
}

/** Memory for samples that are read. */
export interface SampleSlab {
  timesMs: Float64Array;
  values: Float64Array;
  /** The memory of `values` in halves: stale markers are written as bits. */
  bits: Uint32Array;
}

/** Makes memory for some samples. */
export function sampleSlab(samples: number): SampleSlab {
  const values = new Float64Array(samples);
  return { timesMs: new Float64Array(samples), values, bits: new Uint32Array(values.buffer) };
}

const STALE_LOW = Number(STALE_MARKER_BITS & 0xffffffffn);
const STALE_HIGH = Number(STALE_MARKER_BITS >> 32n);

/** Makes empty columns. Series are numbers from 0 on. */
export function createSampleColumns(pool: PagePool): SampleColumns {
  const pages: Page[] = [];
  let count = 0;
  /** For each series: place of its last sample, plus one; and how many it has. */
  let heads = new Int32Array(0);
  /** Places by time of the series with many samples that came in disorder. */
  const longChains = new Map<number, Map<number, number>>();
  let page: Page | undefined;

  const grow = (series: number): void => {
    const larger = new Int32Array(Math.max(1024, (series + 1) * 2, Math.ceil(heads.length * 1.5)));
    larger.set(heads);
    heads = larger;
  };
  const wordAt = (place: number, word: number): number =>
    pages[place >>> PAGE_BITS]!.words[(place & PAGE_MASK) * 4 + word]!;
  const sampleAt = (place: number): number | "stale" =>
    (wordAt(place, 0) & 1) === 1 ? "stale" : pages[place >>> PAGE_BITS]!.doubles[(place & PAGE_MASK) * 2 + 1]!;
  const placesByTime = (series: number): Map<number, number> => {
    const places = new Map<number, number>();
    for (let next = heads[series * 2]!; next !== 0; next = wordAt(next - 1, 1))
      places.set(wordAt(next - 1, 0) >> 1, next - 1);
    return places;
  };
  const addPage = (): Page => {
    const added = pool.pop() ?? newPage();
    pages.push(added);
    return added;
  };

  return {
    count: () => count,
    timesOf(series) {
      const times: number[] = [];
      for (let next = heads[series * 2] ?? 0; next !== 0; next = wordAt(next - 1, 1)) {
        times.push(wordAt(next - 1, 0) >> 1);
      }
      return times.sort((a, b) => a - b);
    },
    countOf: (series) => heads[series * 2 + 1] ?? 0,
    add(series, sinceStartMs, value, stale) {
      if (series * 2 >= heads.length) grow(series);
      const at = count & PAGE_MASK;
      if (at === 0) page = addPage();
      const { words, doubles } = page!;
      const before = heads[series * 2]!;
      words[at * 4] = sinceStartMs * 2 + (stale ? 1 : 0);
      words[at * 4 + 1] = before;
      doubles[at * 2 + 1] = value;
      if (longChains.size > 0) longChains.get(series)?.set(sinceStartMs, count);
      heads[series * 2] = ++count;
      heads[series * 2 + 1]!++;
      return before === 0;
    },
    valueAt(series, sinceStartMs) {
      const place = longChains.get(series)?.get(sinceStartMs);
      if (place !== undefined) return sampleAt(place);
      if (longChains.has(series)) return undefined;
      let next = heads[series * 2] ?? 0;
      for (let steps = 0; next !== 0; steps++) {
        if (steps === LONG_CHAIN) {
          longChains.set(series, placesByTime(series));
          return this.valueAt(series, sinceStartMs);
        }
        const code = wordAt(next - 1, 0);
        if (code >> 1 === sinceStartMs) return sampleAt(next - 1);
        next = wordAt(next - 1, 1);
      }
      return undefined;
    },
    find(series, afterMs, untilMs, places) {
      let found = 0;
      for (let next = heads[series * 2] ?? 0; next !== 0; ) {
        const place = next - 1;
        const { words } = pages[place >>> PAGE_BITS]!;
        const at = (place & PAGE_MASK) * 4;
        const timeMs = words[at]! >> 1;
        if (timeMs > afterMs && timeMs <= untilMs) places[found++] = place;
        next = words[at + 1]!;
      }
      return found;
    },
    copy(places, count, startMs, slab, begin) {
      const { timesMs, values, bits } = slab;
      let isSorted = true;
      for (let from = 0; from < count; from++) {
        const place = places[from]!;
        const { words, doubles } = pages[place >>> PAGE_BITS]!;
        const at = place & PAGE_MASK;
        const code = words[at * 4]!;
        const to = begin + count - 1 - from;
        timesMs[to] = startMs + (code >> 1);
        values[to] = doubles[at * 2 + 1]!;
        if ((code & 1) === 1) {
          bits[to * 2] = STALE_LOW;
          bits[to * 2 + 1] = STALE_HIGH;
        }
        if (from > 0 && timesMs[to]! > timesMs[to + 1]!) isSorted = false;
      }
      if (!isSorted) sortByTime(slab, begin, begin + count);
    },
    eachSeries(visit) {
      for (let at = 0; at < heads.length; at += 2) if (heads[at] !== 0) visit(at / 2);
    },
    drop() {
      for (const one of pages.splice(0)) if (pool.length < MOST_FREE_PAGES) pool.push(one);
      heads = new Int32Array(0);
      longChains.clear();
      page = undefined;
      count = 0;
    },
  };
}

function newPage(): Page {
  const words = new Int32Array(PAGE_SAMPLES * 4);
  return { words, doubles: new Float64Array(words.buffer) };
}

/** Sorts samples by time; values move as bits. */
function sortByTime({ timesMs, bits }: SampleSlab, begin: number, end: number): void {
  const order = Uint32Array.from({ length: end - begin }, (_, at) => begin + at);
  order.sort((a, b) => timesMs[a]! - timesMs[b]!);
  const sortedTimes = Float64Array.from(order, (at) => timesMs[at]!);
  const sortedBits = new Uint32Array(order.length * 2);
  for (const [to, at] of order.entries()) {
    sortedBits[to * 2] = bits[at * 2]!;
    sortedBits[to * 2 + 1] = bits[at * 2 + 1]!;
  }
  timesMs.set(sortedTimes, begin);
  bits.set(sortedBits, begin * 2);
}
