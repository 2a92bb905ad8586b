// OTLP metrics: ExportMetricsServiceRequest {resource_metrics = 1 {resource = 1, scope_metrics = 2 {metrics = 2}}} to series
// of Prometheus. Source: open-telemetry/opentelemetry-proto metrics/v1/metrics.proto, prometheus/prometheus
// storage/remote/otlptranslator. Messages are read twice where an earlier field depends on a later one.
import { type LabelCache, numberOf, renumberIfNeeded } from "../labels/label-cache.ts";
import { labelSetOf, NAME_LABEL } from "../labels/label-set.ts";
import { createRejections } from "../labels/rejections.ts";
import { checkLimit, OTLP_LIMITS, type WireLimits } from "../limits.ts";
import { checkEnd, openCursor, readEnd, readTag, skipField, tag, WIRE } from "../protobuf/reader.ts";
import { blockOf, createColumns, type DecodedSamples, keepSeries, pushSample } from "../samples.ts";
import type { OtlpContext, OtlpResource } from "./context.ts";
import { readMetric } from "./metric.ts";
import { readResource } from "./resource.ts";

const SUBJECT = "OTLP metrics body";
const RESOURCE_METRICS = tag(1, WIRE.bytes);
const RESOURCE = tag(1, WIRE.bytes);
const SCOPE_METRICS = tag(2, WIRE.bytes);
const METRIC = tag(2, WIRE.bytes);
const NO_POINT = -1;

/** How OTLP is decoded. A cache serves one set of options. */
export interface OtlpOptions {
  limits?: WireLimits;
  /** Resource attributes that become labels of every series, by their OTLP names; others are labels of target_info. */
  promote?: readonly string[];
}

/**
 * Decodes an ExportMetricsServiceRequest in protobuf. Gauges, cumulative sums and histograms with explicit buckets become
 * series; points of other kinds and invalid ones are rejected and counted. A resource with further attributes gives a
 * `target_info` of 1 at the time of its newest point. A point without a recorded value is a stale marker.
 * @param cache  Label sets seen before; new ones are added.
 * @throws ForewarnError `body_unreadable` if it is not such a message, `body_too_large` beyond a limit.
 */
export function decodeOtlpMetrics(body: Uint8Array, cache: LabelCache, options: OtlpOptions = {}): DecodedSamples {
  const { limits = OTLP_LIMITS, promote = [] } = options;
  checkLimit(body.length, limits.decodedBytes, "bytes", SUBJECT);
  renumberIfNeeded(cache);
  const cursor = openCursor(body, SUBJECT, limits.fields);
  const columns = createColumns();
  const rejections = createRejections();
  const context: OtlpContext = { cursor, columns, rejections, cache, limits, groups: 0, points: [] };
  while (cursor.at < body.length) {
    const field = readTag(cursor);
    if (field === RESOURCE_METRICS) readResourceMetrics(context, readEnd(cursor, body.length), promote);
    else skipField(cursor, field, body.length);
  }
  checkEnd(cursor, body.length);
  return { ...blockOf(columns), rejected: rejections.list(), points: Int32Array.from(context.points) };
}

function readResourceMetrics(context: OtlpContext, end: number, promote: readonly string[]): void {
  countGroup(context);
  const { cursor, columns, limits } = context;
  const start = cursor.at;
  let range = [start, start] as const;
  while (cursor.at < end) {
    const field = readTag(cursor);
    if (field !== RESOURCE) {
      skipField(cursor, field, end);
      continue;
    }
    const resourceEnd = readEnd(cursor, end);
    range = [cursor.at, resourceEnd];
    cursor.at = resourceEnd;
  }
  checkEnd(cursor, end);
  const resource: OtlpResource = {
    number: numberOf(context.cache, cursor.bytes.toString("latin1", ...range)),
    labels: readResource(cursor, ...range, promote, limits),
  };

  const before = columns.count;
  for (cursor.at = start; cursor.at < end; ) {
    const field = readTag(cursor);
    if (field === SCOPE_METRICS) readScopeMetrics(context, readEnd(cursor, end), resource);
    else skipField(cursor, field, end);
  }
  if (columns.count > before) addTargetInfo(context, resource, before);
}

function readScopeMetrics(context: OtlpContext, end: number, resource: OtlpResource): void {
  countGroup(context);
  const { cursor } = context;
  while (cursor.at < end) {
    const field = readTag(cursor);
    if (field === METRIC) {
      countGroup(context);
      readMetric(context, readEnd(cursor, end), resource);
    } else skipField(cursor, field, end);
  }
  checkEnd(cursor, end);
}

/** Bounds what empty messages can cost. */
function countGroup(context: OtlpContext): void {
  if (++context.groups > context.limits.series) {
    checkLimit(context.groups, context.limits.series, "resources, scopes and metrics", SUBJECT);
  }
}

/** The series target_info of a resource whose samples begin at `first`; nothing if its labels go beyond the limits. */
function addTargetInfo(
  { columns, cache, limits, cursor, points }: OtlpContext,
  resource: OtlpResource,
  first: number,
): void {
  if ("reason" in resource.labels) return;
  const { identity, info } = resource.labels;
  if (identity.length === 0 || info.length === 0) return;
  const key = `target_info ${resource.number}`;
  const known = cache.otlp.get(key)?.[0];
  const own = info.filter(([name]) => name !== NAME_LABEL && identity.every(([taken]) => taken !== name));
  const labels = known ?? labelSetOf([[NAME_LABEL, "target_info"], ...identity, ...own], limits);
  if ("reason" in labels) return;
  if (known === undefined) cache.otlp.set(key, [labels]);
  const newestMs = columns.timestampsMs.subarray(first, columns.count).reduce((a, b) => Math.max(a, b));
  pushSample(columns, newestMs, 1, false, limits, cursor.subject);
  keepSeries(columns, labels);
  points.push(NO_POINT);
}
