// What every decoder gives: series by series, samples in columns.
import type { LabelSet } from "./labels/label-set.ts";
import type { Rejection } from "./labels/rejections.ts";
import { checkLimit, type WireLimits } from "./limits.ts";

/** Samples of one request. */
export interface SampleBlock {
  /** Label sets in the order of the body. A label set may come again. `[series]` */
  readonly series: readonly LabelSet[];
  /** Samples of series `i` are those from `starts[i]` to before `starts[i + 1]`. `[series + 1]` */
  readonly starts: Uint32Array;
  /** Epoch milliseconds; the nearest double outside of ±2^53. `[samples]` */
  readonly timestampsMs: Float64Array;
  /** Any double; NaN is a missing value, and the value of a stale marker. `[samples]` */
  readonly values: Float64Array;
  /** 1 for a stale marker, which ends the series and is not a value; else 0. `[samples]` */
  readonly stale: Uint8Array;
}

/** Samples that were taken, and what was left out. */
export interface DecodedSamples extends SampleBlock {
  readonly rejected: readonly Rejection[];
  /**
   * Of OTLP: the number of the data point that a series' samples come from, since a histogram's point gives many; -1 for
   * what stands for no point. `[series]`
   */
  readonly points?: Int32Array;
}

/** One sample of a series; null is a stale marker. */
export interface SeriesSample {
  series: LabelSet;
  /** Epoch milliseconds. */
  timestampMs: number;
  value: number | null;
}

/** Samples as a block in which each stands alone. */
export function blockOfSamples(samples: readonly SeriesSample[]): SampleBlock {
  return {
    series: samples.map(({ series }) => series),
    starts: Uint32Array.from({ length: samples.length + 1 }, (_, at) => at),
    timestampsMs: Float64Array.from(samples, ({ timestampMs }) => timestampMs),
    values: Float64Array.from(samples, ({ value }) => value ?? Number.NaN),
    stale: Uint8Array.from(samples, ({ value }) => Number(value === null)),
  };
}

/** Halves of the float64 that marks a series as stale: 0x7ff0000000000002. Compared as bits, never as a number. */
export const STALE_HIGH = 0x7ff00000;
export const STALE_LOW = 0x00000002;

/** Columns that grow while a body is decoded. */
export interface SampleColumns {
  readonly series: LabelSet[];
  starts: number[];
  timestampsMs: Float64Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
  stale: Uint8Array<ArrayBuffer>;
  /** Samples written, those of the series in work included. */
  count: number;
  /** Samples seen, rejected ones included. */
  seen: number;
}

/** Empty columns. */
export function createColumns(): SampleColumns {
  return { series: [], starts: [0], ...columnsOf(256), count: 0, seen: 0 };
}

/**
 * Appends a sample to the series in work.
 * @throws ForewarnError `body_too_large` beyond `limits.samples`.
 */
export function pushSample(
  columns: SampleColumns,
  timestampMs: number,
  value: number,
  stale: boolean,
  limits: WireLimits,
  subject: string,
): void {
  countSample(columns, limits, subject);
  const at = columns.count++;
  if (at === columns.values.length) grow(columns);
  columns.timestampsMs[at] = timestampMs;
  columns.values[at] = value;
  columns.stale[at] = stale ? 1 : 0;
}

/** Counts a sample, also one that is not taken, against `limits.samples`. */
export function countSample(columns: SampleColumns, limits: WireLimits, subject: string): void {
  if (++columns.seen > limits.samples) checkLimit(columns.seen, limits.samples, "samples", subject);
}

/** Ends the series in work: it is taken. */
export function keepSeries(columns: SampleColumns, labels: LabelSet): void {
  columns.series.push(labels);
  columns.starts.push(columns.count);
}

/** Ends the series in work: it is not taken. Gives the samples that were dropped. */
export function dropSeries(columns: SampleColumns): number {
  const kept = columns.starts[columns.starts.length - 1]!;
  const dropped = columns.count - kept;
  columns.count = kept;
  return dropped;
}

/** The columns as they are. */
export function blockOf(columns: SampleColumns): SampleBlock {
  const { series, starts, timestampsMs, values, stale, count } = columns;
  return {
    series,
    starts: Uint32Array.from(starts),
    timestampsMs: timestampsMs.subarray(0, count),
    values: values.subarray(0, count),
    stale: stale.subarray(0, count),
  };
}

function columnsOf(length: number): Pick<SampleColumns, "timestampsMs" | "values" | "stale"> {
  return {
    timestampsMs: new Float64Array(length),
    values: new Float64Array(length),
    stale: new Uint8Array(length),
  };
}

function grow(columns: SampleColumns): void {
  const larger = columnsOf(columns.values.length * 2);
  larger.timestampsMs.set(columns.timestampsMs);
  larger.values.set(columns.values);
  larger.stale.set(columns.stale);
  Object.assign(columns, larger);
}
