// One Metric {name = 1, unit = 3, gauge = 5, sum = 7, histogram = 9, exponential_histogram = 10, summary = 11}: its name,
// whether its kind can be taken, and its points.
import { textOf } from "../labels/label-bytes.ts";
import { numberOf } from "../labels/label-cache.ts";
import { shown } from "../labels/label-set.ts";
import { type Fault, REASONS } from "../labels/rejections.ts";
import { checkLimit } from "../limits.ts";
import { type Cursor, checkEnd, readEnd, readTag, readVarint, skipField, tag, WIRE } from "../protobuf/reader.ts";
import type { OtlpContext, OtlpResource } from "./context.ts";
import { readHistogramPoint } from "./histogram-point.ts";
import { type MetricKind, metricName } from "./names.ts";
import { readNumberPoint } from "./number-point.ts";
import type { PointGroup } from "./point-labels.ts";

const NAME = tag(1, WIRE.bytes);
const UNIT = tag(3, WIRE.bytes);
const GAUGE = tag(5, WIRE.bytes);
const SUM = tag(7, WIRE.bytes);
const HISTOGRAM = tag(9, WIRE.bytes);
const EXPONENTIAL_HISTOGRAM = tag(10, WIRE.bytes);
const SUMMARY = tag(11, WIRE.bytes);
const POINT = tag(1, WIRE.bytes);
const TEMPORALITY = tag(2, WIRE.varint);
const MONOTONIC = tag(3, WIRE.varint);
const CUMULATIVE = 2;

/** Where the fields of a Metric are. */
interface MetricFields {
  name: string;
  unit: string;
  /** Tag of the last data field: of a oneof the last one counts. */
  data: number;
  start: number;
  end: number;
  /** Whether name and unit are UTF-8. */
  valid: boolean;
}

/** Reads a Metric that ends at `end`. */
export function readMetric(context: OtlpContext, end: number, resource: OtlpResource): void {
  const { cursor, columns, rejections, cache, limits } = context;
  const start = cursor.at;
  const fields = readFields(cursor, end);
  const { points, cumulative, monotonic } = readData(cursor, fields);
  const kind = kindOf(fields.data, monotonic);
  const name = kind === null ? null : metricName(fields.name, fields.unit, kind);
  const fault = "reason" in resource.labels ? resource.labels : faultOf(fields, name, cumulative);
  if (fault !== null || name === null || "reason" in resource.labels) {
    checkLimit(columns.seen + points, limits.samples, "points", cursor.subject);
    columns.seen += points;
    if (fault !== null && points > 0) rejections.add(fault, `metric ${shown(fields.name)} (byte ${start})`, points);
  } else {
    const group: PointGroup = {
      name,
      resource: resource.labels,
      number: numberOf(cache, `${resource.number} ${kind} ${name}`),
    };
    for (cursor.at = fields.start; cursor.at < fields.end; ) {
      const field = readTag(cursor);
      if (field !== POINT) {
        skipField(cursor, field, fields.end);
        continue;
      }
      const pointEnd = readEnd(cursor, fields.end);
      if (kind === "histogram") readHistogramPoint(context, pointEnd, group);
      else readNumberPoint(context, pointEnd, group);
      numberPoint(context);
    }
  }
  cursor.at = end;
}

/** Gives the series of the point that was read last a number that no other has: that of its first series. */
function numberPoint({ columns, points }: OtlpContext): void {
  const number = points.length;
  while (points.length < columns.series.length) points.push(number);
}

function readFields(cursor: Cursor, end: number): MetricFields {
  const fields: MetricFields = { name: "", unit: "", data: 0, start: end, end, valid: true };
  while (cursor.at < end) {
    const field = readTag(cursor);
    if ((field & 7) !== WIRE.bytes) {
      skipField(cursor, field, end);
      continue;
    }
    const fieldEnd = readEnd(cursor, end);
    if (field === NAME || field === UNIT) {
      const text = textOf(cursor.bytes, cursor.at, fieldEnd);
      fields.valid &&= text !== null;
      fields[field === NAME ? "name" : "unit"] = text ?? "";
    } else if (isData(field)) Object.assign(fields, { data: field, start: cursor.at, end: fieldEnd });
    cursor.at = fieldEnd;
  }
  checkEnd(cursor, end);
  return fields;
}

/** Counts the points of the data, and reads what stands behind them. */
function readData(
  cursor: Cursor,
  { start, end }: MetricFields,
): { points: number; cumulative: boolean; monotonic: boolean } {
  let points = 0;
  let temporality = 0;
  let monotonic = false;
  for (cursor.at = start; cursor.at < end; ) {
    const field = readTag(cursor);
    if (field === TEMPORALITY) temporality = readVarint(cursor);
    else if (field === MONOTONIC) monotonic = readVarint(cursor) !== 0;
    else {
      if (field === POINT) points++;
      skipField(cursor, field, end);
    }
  }
  checkEnd(cursor, end);
  return { points, cumulative: temporality === CUMULATIVE, monotonic };
}

function isData(field: number): boolean {
  return (
    field === GAUGE || field === SUM || field === HISTOGRAM || field === EXPONENTIAL_HISTOGRAM || field === SUMMARY
  );
}

function kindOf(data: number, monotonic: boolean): MetricKind | null {
  if (data === GAUGE) return "gauge";
  if (data === SUM) return monotonic ? "counter" : "upDownCounter";
  return data === HISTOGRAM ? "histogram" : null;
}

function faultOf(fields: MetricFields, name: string | null, cumulative: boolean): Fault | null {
  const { data, valid } = fields;
  if (!valid) return { reason: REASONS.labelNotUtf8, detail: "name or unit of a metric" };
  if (data === EXPONENTIAL_HISTOGRAM) return { reason: REASONS.exponentialHistogram, detail: "not supported" };
  if (data === SUMMARY) return { reason: REASONS.summary, detail: "not supported" };
  if ((data === SUM || data === HISTOGRAM) && !cumulative) {
    return { reason: REASONS.deltaTemporality, detail: "Expected cumulative temporality" };
  }
  return name === null && data !== 0 ? { reason: REASONS.nameUntranslatable, detail: shown(fields.name) } : null;
}
