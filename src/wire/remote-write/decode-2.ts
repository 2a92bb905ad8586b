// Remote write 2.0, message io.prometheus.write.v2.Request: symbols = 4, timeseries = 5 {labels_refs = 1, samples = 2,
// histograms = 3, exemplars = 4, metadata = 5}. Source: prometheus/docs docs/specs/prw/remote_write_spec_2_0.md.
import type { LabelCache } from "../labels/label-cache.ts";
import { isFault } from "../labels/label-set.ts";
import { createRejections, type Fault, REASONS, type Rejections } from "../labels/rejections.ts";
import { checkLimit, REMOTE_WRITE_LIMITS, type WireLimits } from "../limits.ts";
import {
  type Cursor,
  checkEnd,
  countField,
  malformed,
  openCursor,
  readEnd,
  readTag,
  readVarint,
  skipField,
  tag,
  WIRE,
} from "../protobuf/reader.ts";
import { blockOf, createColumns, type DecodedSamples, dropSeries, keepSeries, type SampleColumns } from "../samples.ts";
import { readSample } from "./sample.ts";
import { readSymbols, type SymbolTable } from "./symbols.ts";

const SUBJECT = "remote write 2.0 body";
const TIMESERIES_OF_1 = tag(1, WIRE.bytes);
const TIMESERIES = tag(5, WIRE.bytes);
const REFERENCES = tag(1, WIRE.bytes);
const REFERENCE = tag(1, WIRE.varint);
const SAMPLE = tag(2, WIRE.bytes);
const HISTOGRAM = tag(3, WIRE.bytes);
const EXEMPLAR = tag(4, WIRE.bytes);

/**
 * Decodes a v2 Request. Series with invalid labels or references, with both samples and histograms or with neither, and
 * native histograms are rejected and counted, the rest is taken; exemplars, metadata, start timestamps and unknown fields
 * are ignored. Labels may come in any order.
 * @param body   The message, after decompression.
 * @param cache  Label sets seen before; new ones are added.
 * @throws ForewarnError `body_unreadable` if it is not such a message, `body_too_large` beyond a limit.
 */
export function decodeRemoteWrite2(
  body: Uint8Array,
  cache: LabelCache,
  limits: WireLimits = REMOTE_WRITE_LIMITS,
): DecodedSamples {
  checkLimit(body.length, limits.decodedBytes, "bytes", SUBJECT);
  const cursor = openCursor(body, SUBJECT, limits.fields);
  const symbols = readSymbols(cursor, cache, limits);
  const columns = createColumns();
  const rejections = createRejections();
  let series = 0;
  for (cursor.at = 0; cursor.at < body.length; ) {
    const start = cursor.at;
    const field = readTag(cursor);
    if (field === TIMESERIES) {
      if (++series > limits.series) checkLimit(series, limits.series, "series", SUBJECT);
      readSeries(cursor, columns, rejections, symbols, limits);
    } else if (field === TIMESERIES_OF_1) {
      throw malformed(cursor, "io.prometheus.write.v2.Request", "prometheus.WriteRequest", start);
    } else skipField(cursor, field, body.length);
  }
  return { ...blockOf(columns), rejected: rejections.list() };
}

function readSeries(
  cursor: Cursor,
  columns: SampleColumns,
  rejections: Rejections,
  symbols: SymbolTable,
  limits: WireLimits,
): void {
  const start = cursor.at;
  const end = readEnd(cursor, cursor.bytes.length);
  const samplesBefore = columns.count;
  let histograms = 0;
  let exemplars = 0;
  symbols.beginSeries();
  while (cursor.at < end) {
    const field = readTag(cursor);
    if (field === SAMPLE) readSample(cursor, end, columns, limits);
    else if (field === REFERENCES) readReferences(cursor, readEnd(cursor, end), symbols);
    else if (field === REFERENCE) symbols.addReference(readVarint(cursor));
    else {
      if (field === HISTOGRAM) histograms++;
      else if (field === EXEMPLAR) exemplars++;
      skipField(cursor, field, end);
    }
  }
  checkEnd(cursor, end);

  const labels = symbols.endSeries(cursor.bytes);
  const fault = isFault(labels) ? labels : dataFault(columns.count - samplesBefore, histograms, exemplars);
  if (fault !== null) rejections.add(fault, `timeseries (byte ${start})`, dropSeries(columns), histograms);
  else if (!isFault(labels) && columns.count > samplesBefore) keepSeries(columns, labels);
}

/** What is wrong with the data of a series. One with exemplars only is nothing to keep, but no fault: they are ignored. */
function dataFault(samples: number, histograms: number, exemplars: number): Fault | null {
  if (samples > 0 && histograms > 0) {
    return { reason: REASONS.samplesAndHistograms, detail: `${samples} samples and ${histograms} histograms` };
  }
  if (histograms > 0) return { reason: REASONS.nativeHistogram, detail: `${histograms} histograms` };
  if (samples > 0 || exemplars > 0) return null;
  return { reason: REASONS.samplesMissing, detail: "neither samples nor histograms" };
}

function readReferences(cursor: Cursor, end: number, symbols: SymbolTable): void {
  while (cursor.at < end) {
    countField(cursor);
    symbols.addReference(readVarint(cursor));
  }
  checkEnd(cursor, end);
}
