// Where queries read series from: an interface that a store, a database or a set of forecasts fulfils.
import { type Labels, labelsOf } from "./labels.ts";
import { type Matcher, matchesAll } from "./matchers.ts";

/** One series with its samples. */
export interface SourceSeries {
  /** Label values by name, the metric's name as `__name__`. */
  labels: Readonly<Record<string, string>>;
  /** Unix milliseconds, strictly ascending. */
  timesMs: Float64Array;
  /** One value per time. NaN is a value; {@link STALE_MARKER_BITS} ends the series until its next sample. */
  values: Float64Array;
  /** How old a sample of this series may be and still be its value, where that is more than usual. */
  lookbackMs?: number;
}

/** What a query asks of a source. */
export interface SelectRequest {
  matchers: readonly Matcher[];
  /** Samples after this time are wanted. */
  startMs: number;
  /** Samples up to this time are wanted, itself included. */
  endMs: number;
  /** More series than this fail the query; a source may stop beyond them. */
  maxSeries: number;
  /** More samples than this fail the query; a source may stop beyond them. */
  maxSamples: number;
  /** Aborted when nobody waits for the answer any more, or not longer. */
  signal: AbortSignal;
}

/** A source of series. */
export interface SeriesSource {
  /** The longest `lookbackMs` of its series, so that queries ask far enough back. */
  maxLookbackMs?: number;
  /**
   * Every series that fulfils all matchers, in any order, with its samples after `startMs` up to `endMs`; samples
   * outside of these do no harm. No two series have the same labels. Arrays are not changed by the query.
   */
  select(request: SelectRequest): Promise<readonly SourceSeries[]> | readonly SourceSeries[];
}

/** Bits of the float64 that ends a series (remote write specification 1.0, "Stale Markers"). */
export const STALE_MARKER_BITS = 0x7ff0000000000002n;

/** Places of stale markers in `values`; compares bits, since every NaN is otherwise alike. */
export function staleMarkers(values: Float64Array): number[] {
  const places: number[] = [];
  let bits: BigUint64Array | null = null;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(values[i]!)) continue;
    bits ??= new BigUint64Array(values.buffer, values.byteOffset, values.length);
    if (bits[i] === STALE_MARKER_BITS) places.push(i);
  }
  return places;
}

/** A source over series in memory. */
export function memorySource(series: readonly SourceSeries[], maxLookbackMs?: number): SeriesSource {
  const labelled: readonly [Labels, SourceSeries][] = series.map((one) => [labelsOf(one.labels), one]);
  return {
    ...(maxLookbackMs !== undefined && { maxLookbackMs }),
    select: ({ matchers }) => labelled.filter(([labels]) => matchesAll(matchers, labels)).map(([, one]) => one),
  };
}
