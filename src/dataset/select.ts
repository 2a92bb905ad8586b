// Several order statistics of a small array without sorting all of it: quicksort (Hoare partition, median of three) that
// leaves out the parts in which no wanted rank lies. Two to three times faster than a native sort of 24 h of values.

const SMALL = 12;

/**
 * Rearranges `values[0..count)` so that every rank in `ranks` holds the value it would hold after sorting.
 * @param ranks Increasing indices in [0, count).
 */
export function selectRanks(values: Float32Array, count: number, ranks: ArrayLike<number>): void {
  selectWithin(values, 0, count - 1, ranks, 0, ranks.length - 1);
}

/** Nearest rank of the quantile `level` among `count` sorted values. */
export function nearestRank(level: number, count: number): number {
  return Math.round(level * (count - 1));
}

/** Copies the observed values of every `stride`-th step, from `last` back to `first`, into `out`; returns their number. */
export function gatherObserved(
  values: Float32Array,
  first: number,
  last: number,
  stride: number,
  out: Float32Array,
): number {
  let count = 0;
  for (let t = last; t >= first; t -= stride) {
    const value = values[t]!;
    if (!Number.isNaN(value)) out[count++] = value;
  }
  return count;
}

/** Sorts `values[from..to]` in place by insertion; for a dozen values at most. */
export function sortSmall(values: Float32Array, from: number, to: number): void {
  for (let i = from + 1; i <= to; i++) {
    const value = values[i]!;
    let j = i - 1;
    while (j >= from && values[j]! > value) {
      values[j + 1] = values[j]!;
      j--;
    }
    values[j + 1] = value;
  }
}

function selectWithin(
  values: Float32Array,
  from: number,
  to: number,
  ranks: ArrayLike<number>,
  firstRank: number,
  lastRank: number,
): void {
  let low = from;
  const high = to;
  let first = firstRank;
  let last = lastRank;
  while (high - low > SMALL) {
    while (first <= last && ranks[first]! < low) first++;
    while (first <= last && ranks[last]! > high) last--;
    if (first > last) return;
    const split = partition(values, low, high);
    if (ranks[first]! <= split) selectWithin(values, low, split, ranks, first, last);
    low = split + 1;
  }
  sortSmall(values, low, high);
}

function partition(values: Float32Array, low: number, high: number): number {
  const pivot = medianOfThree(values[low]!, values[(low + high) >> 1]!, values[high]!);
  let i = low - 1;
  let j = high + 1;
  for (;;) {
    do i++;
    while (values[i]! < pivot);
    do j--;
    while (values[j]! > pivot);
    if (i >= j) return j;
    const swap = values[i]!;
    values[i] = values[j]!;
    values[j] = swap;
  }
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
