// Queries over series written as in Prometheus' own tests: "0+10x3" is 0 10 20 30, "_" nothing, "stale" a stale marker.

import {
  instantQuery,
  memorySource,
  parseSelectorQuery,
  rangeQuery,
  type SeriesSource,
  type SourceSeries,
  STALE_MARKER_BITS,
} from "../../src/promql/index.ts";
import { formatLabels, labelsOf } from "../../src/promql/labels.ts";

/** A source of series by selector, `http_requests{path="/foo"}`, each with a sample every `stepMs` from time zero on. */
export function loadSeries(stepMs: number, series: Readonly<Record<string, string>>): SeriesSource {
  return memorySource(Object.entries(series).map(([selector, text]) => parseSeries(selector, text, stepMs)));
}

/** One series of {@link loadSeries}. */
export function parseSeries(selector: string, text: string, stepMs: number): SourceSeries {
  const labels = Object.fromEntries(parseSelectorQuery(selector).map(({ name, value }) => [name, value]));
  const samples = text
    .trim()
    .split(/\s+/)
    .flatMap(expand)
    .map((sample, i) => [i * stepMs, sample] as const)
    .filter(([, sample]) => sample !== "_");
  const values = Float64Array.from(samples, ([, sample]) => (sample === "stale" ? 0 : Number(sample)));
  const bits = new BigUint64Array(values.buffer);
  samples.forEach(([, sample], i) => {
    if (sample === "stale") bits[i] = STALE_MARKER_BITS;
  });
  return { labels, timesMs: Float64Array.from(samples, ([timeMs]) => timeMs), values };
}

function expand(item: string): string[] {
  const repeated = /^(-?[\d.]+)([+-][\d.]+)?x(\d+)$/.exec(item);
  if (repeated === null) return [item.replace(/^([+-]?)Inf$/, "$1Infinity")];
  const [first, step, count] = [Number(repeated[1]), Number(repeated[2] ?? 0), Number(repeated[3])];
  return Array.from({ length: count + 1 }, (_, i) => String(first + i * step));
}

/** The answer at one instant: the values by labels, in their order; a scalar is under "". */
export async function valuesAt(query: string, source: SeriesSource, timeMs: number): Promise<Record<string, number>> {
  const data = await instantQuery(query, source, timeMs);
  if (data.resultType === "scalar") return { "": parseValue(data.result[1]) };
  if (data.resultType !== "vector") throw new Error(`case ${query}: Expected a vector, got ${data.resultType}`);
  return Object.fromEntries(
    data.result.map(({ metric, value }) => [formatLabels(labelsOf(metric)), parseValue(value[1])]),
  );
}

/** The answer over a range: for every series its values, "_" where it has none. */
export async function rowsOf(
  query: string,
  source: SeriesSource,
  range: { startMs: number; endMs: number; stepMs: number },
): Promise<Record<string, string>> {
  const { result } = await rangeQuery(query, source, range);
  const steps = Math.floor((range.endMs - range.startMs) / range.stepMs) + 1;
  const rows = result.map(({ metric, values }) => {
    const byTime = new Map(values.map(([seconds, value]) => [Math.round(seconds * 1000), value]));
    const row = Array.from({ length: steps }, (_, i) => byTime.get(range.startMs + i * range.stepMs) ?? "_");
    return [formatLabels(labelsOf(metric)), row.join(" ")];
  });
  return Object.fromEntries(rows);
}

function parseValue(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}
