// The newest bins of one server, as the finished Float32 values that forecasts read: a ring per metric that grows up to
// the window's length. It is a cache of the stored rows: a write marks the bins that it touched, and they are computed
// anew from the rows before the next read, so that the order of arrival cannot matter.

/** Bins [first, end), counted from the epoch in contract intervals. */
export interface BinRange {
  first: number;
  end: number;
}

/** The window of one server. */
export interface HotWindow {
  /** Bins that it holds; empty before the first {@link HotWindow.put}. */
  range(): BinRange;
  /** Notes that a row of this bin was stored. */
  mark(bin: number): void;
  /** Bins to compute anew, or null. */
  stale(): BinRange | null;
  /** Notes that the stale bins are being computed; marks that come later are stale again. */
  clearStale(): void;
  /** Takes computed bins from `first` on, one array per metric. */
  put(first: number, columns: readonly Float32Array[]): void;
  /** The first bin that has a value of any metric; the end of the range when none has. */
  firstValue(): number;
  /** Copies bins out, one array per metric. The range must lie within {@link HotWindow.range}. */
  read(range: BinRange): Float32Array[];
}

const SMALLEST_CAPACITY = 32;

/** Makes the window of one server over at most `maxBins` bins; 4 bytes per bin and metric. */
export function createHotWindow(metricCount: number, maxBins: number): HotWindow {
  let [first, end] = [0, 0];
  let [staleFirst, staleEnd] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let capacity = 0;
  let values = new Float32Array(0);

  /** The places of bins [begin, stop) among those of a metric: one run, or two around the end of the ring. */
  const runsOf = (begin: number, stop: number): [at: number, length: number][] => {
    if (stop <= begin) return [];
    const at = begin % capacity;
    const length = Math.min(stop - begin, capacity - at);
    return [
      [at, length],
      [0, stop - begin - length],
    ];
  };
  const fill = (begin: number, stop: number): void => {
    for (const [at, length] of runsOf(begin, stop)) {
      for (let metric = 0; metric < metricCount; metric++) {
        values.fill(Number.NaN, metric * capacity + at, metric * capacity + at + length);
      }
    }
  };
  const copyIn = (begin: number, columns: readonly Float32Array[]): void => {
    let from = Math.max(0, first - begin);
    for (const [at, length] of runsOf(begin + from, begin + (columns[0]?.length ?? 0))) {
      for (const [metric, column] of columns.entries()) {
        values.set(column.subarray(from, from + length), metric * capacity + at);
      }
      from += length;
    }
  };
  const read = (range: BinRange): Float32Array[] => {
    const steps = Math.max(0, range.end - range.first);
    // One piece of memory for all metrics: thousands of small ones keep the garbage collector busy.
    const memory = new Float32Array(metricCount * steps);
    let from = 0;
    for (const [at, length] of runsOf(range.first, range.end)) {
      for (let metric = 0; metric < metricCount; metric++) {
        const place = metric * capacity + at;
        memory.set(values.subarray(place, place + length), metric * steps + from);
      }
      from += length;
    }
    return Array.from({ length: metricCount }, (_, metric) => memory.subarray(metric * steps, (metric + 1) * steps));
  };
  /** Makes room for [newFirst, newEnd); bins that come in are missing, the oldest beyond the window fall out. */
  const cover = (newFirst: number, newEnd: number): void => {
    const begin = Math.max(newFirst, newEnd - maxBins);
    const kept = { first: Math.max(first, begin), end };
    if (newEnd - begin > capacity) {
      const columns = kept.end > kept.first ? read(kept) : [];
      capacity = Math.min(maxBins, Math.max(SMALLEST_CAPACITY, newEnd - begin, Math.ceil(capacity * 1.5)));
      values = new Float32Array(metricCount * capacity).fill(Number.NaN);
      [first, end] = [begin, newEnd];
      copyIn(kept.first, columns);
      return;
    }
    const wasEmpty = kept.end <= kept.first;
    [first, end] = [begin, newEnd];
    fill(begin, wasEmpty ? newEnd : kept.first);
    if (!wasEmpty) fill(kept.end, newEnd);
  };

  return {
    range: () => ({ first, end }),
    mark(bin) {
      staleFirst = Math.min(staleFirst, bin);
      staleEnd = Math.max(staleEnd, bin + 1);
    },
    stale() {
      const begin = Math.max(staleFirst, Math.max(end, staleEnd) - maxBins);
      return begin < staleEnd ? { first: begin, end: staleEnd } : null;
    },
    clearStale() {
      [staleFirst, staleEnd] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    },
    put(begin, columns) {
      const stop = begin + (columns[0]?.length ?? 0);
      if (end === first) cover(begin, stop);
      else cover(Math.min(first, begin), Math.max(end, stop));
      copyIn(begin, columns);
    },
    firstValue() {
      for (let bin = first; bin < end; bin++) {
        for (let metric = 0; metric < metricCount; metric++)
          if (!Number.isNaN(values[metric * capacity + (bin % capacity)])) return bin;
      }
      return end;
    },
    read,
  };
}
