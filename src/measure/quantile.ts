// Quantiles of samples and of the normal distribution.

/** Quantile of sorted values by linear interpolation between ranks (the default of NumPy, type 7); NaN of none. */
export function quantileOf(sorted: Float32Array | Float64Array, level: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = level * (sorted.length - 1);
  const rank = Math.floor(place);
  const low = sorted[rank]!;
  return rank + 1 < sorted.length ? low + (place - rank) * (sorted[rank + 1]! - low) : low;
}

/**
 * Quantile of the standard normal distribution, about 7 digits; infinite at levels 0 and 1.
 * @see Wichura 1988, Algorithm AS 241 (PPND7), Applied Statistics 37(3), 477-484.
 */
export function normalQuantile(level: number): number {
  const q = level - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)) /
      (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1)
    );
  }
  const tail = Math.sqrt(-Math.log(Math.min(level, 1 - level)));
  if (tail === Infinity) return Math.sign(q) * Infinity;
  return Math.sign(q) * (tail <= 5 ? nearTail(tail - 1.6) : farTail(tail - 5));
}

function nearTail(r: number): number {
  return (
    (((0.17023821103 * r + 1.3067284816) * r + 2.75681539) * r + 1.4234372777) /
    ((0.12021132975 * r + 0.7370016425) * r + 1)
  );
}

function farTail(r: number): number {
  return (
    (((0.017337203997 * r + 0.42868294337) * r + 3.081226386) * r + 6.657905115) /
    ((0.012258202635 * r + 0.24197894225) * r + 1)
  );
}
