// The messages of OTLP metrics as far as they are read, by their JSON names: field number and kind of each field. Fields
// that are not listed are skipped. Source: open-telemetry/opentelemetry-proto metrics/v1/metrics.proto.

/** How a field is written in protobuf. */
export type ScalarKind = "text" | "base64" | "bool" | "double" | "int64" | "fixed64" | "uint32" | "temporality";

/** One field of a message. */
export interface FieldRule {
  number: number;
  kind: ScalarKind | MessageRules;
  repeated: boolean;
}

/** Fields of a message by name. A function, since messages may hold themselves. */
export type MessageRules = () => ReadonlyMap<string, FieldRule>;

function one(number: number, kind: FieldRule["kind"]): FieldRule {
  return { number, kind, repeated: false };
}

function many(number: number, kind: FieldRule["kind"]): FieldRule {
  return { number, kind, repeated: true };
}

function message(fields: Record<string, FieldRule>): ReadonlyMap<string, FieldRule> {
  return new Map(Object.entries(fields));
}

const anyValue = message({
  stringValue: one(1, "text"),
  boolValue: one(2, "bool"),
  intValue: one(3, "int64"),
  doubleValue: one(4, "double"),
  arrayValue: one(5, () => arrayValue),
  kvlistValue: one(6, () => keyValueList),
  bytesValue: one(7, "base64"),
});
const arrayValue = message({ values: many(1, () => anyValue) });
const keyValue = message({ key: one(1, "text"), value: one(2, () => anyValue) });
const keyValueList = message({ values: many(1, () => keyValue) });

const numberPoint = message({
  attributes: many(7, () => keyValue),
  timeUnixNano: one(3, "fixed64"),
  asDouble: one(4, "double"),
  asInt: one(6, "fixed64"),
  flags: one(8, "uint32"),
});
const histogramPoint = message({
  attributes: many(9, () => keyValue),
  timeUnixNano: one(3, "fixed64"),
  count: one(4, "fixed64"),
  sum: one(5, "double"),
  bucketCounts: many(6, "fixed64"),
  explicitBounds: many(7, "double"),
  flags: one(10, "uint32"),
});
/** Points that are counted but not read. */
const unreadPoint = message({});

const metric = message({
  name: one(1, "text"),
  unit: one(3, "text"),
  gauge: one(5, () => gauge),
  sum: one(7, () => sum),
  histogram: one(9, () => histogram),
  exponentialHistogram: one(10, () => unread),
  summary: one(11, () => unread),
});
const gauge = message({ dataPoints: many(1, () => numberPoint) });
const sum = message({
  dataPoints: many(1, () => numberPoint),
  aggregationTemporality: one(2, "temporality"),
  isMonotonic: one(3, "bool"),
});
const histogram = message({
  dataPoints: many(1, () => histogramPoint),
  aggregationTemporality: one(2, "temporality"),
});
const unread = message({ dataPoints: many(1, () => unreadPoint) });

const resource = message({ attributes: many(1, () => keyValue) });
const scopeMetrics = message({ metrics: many(2, () => metric) });
const resourceMetrics = message({ resource: one(1, () => resource), scopeMetrics: many(2, () => scopeMetrics) });

/** The message of a request. */
export const exportMetricsRequest = message({ resourceMetrics: many(1, () => resourceMetrics) });
