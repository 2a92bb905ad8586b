// The one squashing of inputs: asinh, bounded. Missing becomes 0.

/** Largest absolute value of any bounded input; asinh reaches it at 11,013 scales. */
const LIMIT = 10;
/** Below this, asinh is interpolated in a table; a window takes a thousand of them for each target. */
const TABLE_END = 8;
const CELLS_PER_UNIT = 256;
const TABLE = Float64Array.from({ length: TABLE_END * CELLS_PER_UNIT + 2 }, (_, i) => Math.asinh(i / CELLS_PER_UNIT));

/** asinh (to 1e-6) clipped to +-10, 0 for NaN. */
export function squash(x: number): number {
  const size = Math.abs(x);
  if (size < TABLE_END) {
    const place = size * CELLS_PER_UNIT;
    const cell = place | 0;
    const low = TABLE[cell]!;
    const result = low + (place - cell) * (TABLE[cell + 1]! - low);
    return x < 0 ? -result : result;
  }
  return Number.isNaN(x) ? 0 : Math.max(-LIMIT, Math.min(Math.asinh(x), LIMIT));
}

/** Clips to +-10, 0 for NaN. */
export function bound(x: number): number {
  if (Number.isNaN(x)) return 0;
  return Math.max(-LIMIT, Math.min(x, LIMIT));
}
