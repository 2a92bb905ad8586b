// Remote write 1.0, message prometheus.WriteRequest: timeseries = 1 {labels = 1 {name = 1, value = 2}, samples = 2,
// exemplars = 3, histograms = 4}, metadata = 3. Source: prometheus/docs docs/specs/prw/remote_write_spec.md.
import { labelSetOfBytes } from "../labels/label-bytes.ts";
import { type LabelCache, sharedSet } from "../labels/label-cache.ts";
import { isFault, type LabelSet } from "../labels/label-set.ts";
import { createRejections, type Fault, REASONS, type Rejections } from "../labels/rejections.ts";
import { checkLimit, REMOTE_WRITE_LIMITS, type WireLimits } from "../limits.ts";
import {
  type Cursor,
  checkEnd,
  malformed,
  openCursor,
  readEnd,
  readTag,
  skipField,
  tag,
  WIRE,
} from "../protobuf/reader.ts";
import { blockOf, createColumns, type DecodedSamples, dropSeries, keepSeries, type SampleColumns } from "../samples.ts";
import { readSample } from "./sample.ts";

const SUBJECT = "remote write 1.0 body";
const TIMESERIES = tag(1, WIRE.bytes);
/** Timeseries of version 2; no version of 1.0 has this field. */
const TIMESERIES_OF_2 = tag(5, WIRE.bytes);
const LABEL = tag(1, WIRE.bytes);
const SAMPLE = tag(2, WIRE.bytes);
const HISTOGRAM = tag(4, WIRE.bytes);
const NAME = tag(1, WIRE.bytes);
const VALUE = tag(2, WIRE.bytes);

/**
 * Decodes a WriteRequest. Series with invalid labels and native histograms are rejected and counted, the rest is taken;
 * exemplars, metadata, series without samples and unknown fields are ignored. Labels may come in any order.
 * @param body   The message, after decompression.
 * @param cache  Label sets seen before; new ones are added.
 * @throws ForewarnError `body_unreadable` if it is not such a message, `body_too_large` beyond a limit.
 */
export function decodeRemoteWrite1(
  body: Uint8Array,
  cache: LabelCache,
  limits: WireLimits = REMOTE_WRITE_LIMITS,
): DecodedSamples {
  checkLimit(body.length, limits.decodedBytes, "bytes", SUBJECT);
  const cursor = openCursor(body, SUBJECT, limits.fields);
  const columns = createColumns();
  const rejections = createRejections();
  let series = 0;
  let seriesOf2 = 0;
  while (cursor.at < body.length) {
    const field = readTag(cursor);
    if (field === TIMESERIES) {
      if (++series > limits.series) checkLimit(series, limits.series, "series", SUBJECT);
      readSeries(cursor, columns, rejections, cache, limits);
    } else {
      if (field === TIMESERIES_OF_2) seriesOf2++;
      skipField(cursor, field, body.length);
    }
  }
  checkEnd(cursor, body.length);
  if (series === 0 && seriesOf2 > 0) {
    throw malformed(cursor, "prometheus.WriteRequest", "io.prometheus.write.v2.Request", 0);
  }
  return { ...blockOf(columns), rejected: rejections.list() };
}

function readSeries(
  cursor: Cursor,
  columns: SampleColumns,
  rejections: Rejections,
  cache: LabelCache,
  limits: WireLimits,
): void {
  const start = cursor.at;
  const end = readEnd(cursor, cursor.bytes.length);
  const labelsStart = cursor.at;
  let labelsEnd = labelsStart;
  const samplesBefore = columns.count;
  let scattered = false;
  let histograms = 0;
  while (cursor.at < end) {
    const fieldStart = cursor.at;
    const field = readTag(cursor);
    if (field === LABEL) {
      cursor.at = readEnd(cursor, end);
      if (fieldStart !== labelsEnd) scattered = true;
      labelsEnd = cursor.at;
    } else if (field === SAMPLE) readSample(cursor, end, columns, limits);
    else {
      if (field === HISTOGRAM) histograms++;
      skipField(cursor, field, end);
    }
  }
  checkEnd(cursor, end);

  const labels = scattered
    ? readLabels(cursor, labelsStart, end, limits)
    : internedLabels(cursor, labelsStart, labelsEnd, cache, limits);
  if (isFault(labels)) {
    rejections.add(labels, `timeseries (byte ${start})`, dropSeries(columns), histograms);
    return;
  }
  if (histograms > 0) {
    rejections.add(
      { reason: REASONS.nativeHistogram, detail: labels.name },
      `timeseries (byte ${start})`,
      0,
      histograms,
    );
  }
  if (columns.count > samplesBefore) keepSeries(columns, labels);
}

/** The label set of a run of label fields, from the cache if these bytes were seen before. */
function internedLabels(
  cursor: Cursor,
  start: number,
  end: number,
  cache: LabelCache,
  limits: WireLimits,
): LabelSet | Fault {
  const key = cursor.bytes.toString("latin1", start, end);
  const known = cache.remoteWrite1.get(key);
  if (known !== undefined) return known;
  const labels = readLabels(cursor, start, end, limits);
  if (isFault(labels)) return labels;
  const shared = sharedSet(cache, labels);
  cache.remoteWrite1.set(key, shared);
  return shared;
}

/** Reads the label fields of a part of a TimeSeries; the cursor comes back to where it was. */
function readLabels(cursor: Cursor, start: number, end: number, limits: WireLimits): LabelSet | Fault {
  const { at } = cursor;
  const ranges: number[] = [];
  let count = 0;
  for (cursor.at = start; cursor.at < end; ) {
    const field = readTag(cursor);
    if (field !== LABEL) skipField(cursor, field, end);
    else if (++count <= limits.labels) readLabel(cursor, end, ranges);
    else cursor.at = readEnd(cursor, end);
  }
  cursor.at = at;
  if (count > limits.labels) {
    return { reason: REASONS.labelLimit, detail: `${count} labels, at most ${limits.labels}` };
  }
  return labelSetOfBytes(cursor.bytes, ranges, count, limits);
}

function readLabel(cursor: Cursor, messageEnd: number, ranges: number[]): void {
  const end = readEnd(cursor, messageEnd);
  const range = [0, 0, 0, 0];
  while (cursor.at < end) {
    const field = readTag(cursor);
    if (field === NAME || field === VALUE) {
      const fieldEnd = readEnd(cursor, end);
      range[field === NAME ? 0 : 2] = cursor.at;
      range[field === NAME ? 1 : 3] = fieldEnd;
      cursor.at = fieldEnd;
    } else skipField(cursor, field, end);
  }
  checkEnd(cursor, end);
  ranges.push(...range);
}
