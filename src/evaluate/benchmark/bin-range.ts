// Ranges of test bins as the command line writes them, and the windows that are cut from them.
import { ForewarnError } from "../../base/index.ts";

/** Test bins by number on the benchmark's grid, both ends included. */
export interface BinRange {
  first: number;
  last: number;
}

/**
 * Reads `A..B`, both ends included: the last 864 of 7,200 bins are `6336..7199`.
 * @throws ForewarnError `usage_invalid` for any other text, or when B is before A.
 */
export function parseBinRange(text: string, where = "--test-bins"): BinRange {
  const [, first, last] = /^(\d{1,9})\.\.(\d{1,9})$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (range.first <= range.last) return range;
  throw new ForewarnError(
    "usage_invalid",
    `${where}: Expected first and last bin as A..B with A <= B, got ${JSON.stringify(text)}`,
    { hint: "both ends are included: 6336..7199 is 864 bins" },
  );
}

/**
 * First bins of the non-overlapping windows of `range`, in order. They end at its last bin, as the benchmark cuts them;
 * bins before the first whole window are not scored.
 * @throws ForewarnError `usage_invalid` when the range is shorter than a window.
 */
export function windowStarts({ first, last }: BinRange, horizonSteps: number): number[] {
  const bins = last - first + 1;
  const windows = Math.floor(bins / horizonSteps);
  if (windows === 0) {
    throw new ForewarnError(
      "usage_invalid",
      `--test-bins: Expected at least one window of ${horizonSteps} bins, got ${bins} bins`,
    );
  }
  return Array.from({ length: windows }, (_, index) => last + 1 - (windows - index) * horizonSteps);
}
