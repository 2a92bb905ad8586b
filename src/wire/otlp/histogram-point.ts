// HistogramDataPoint {time_unix_nano = 3, count = 4, sum = 5, bucket_counts = 6, explicit_bounds = 7, attributes = 9,
// flags = 10} as the series _count, _sum and _bucket of a classic histogram: buckets cumulative, the last with le="+Inf".
import type { Label, LabelSet } from "../labels/label-set.ts";
import { type Fault, REASONS } from "../labels/rejections.ts";
import { checkLimit } from "../limits.ts";
import {
  type Cursor,
  checkEnd,
  malformed,
  readEnd,
  readTag,
  readVarint,
  skipField,
  tag,
  takeFixed64,
  WIRE,
} from "../protobuf/reader.ts";
import { keepSeries, pushSample } from "../samples.ts";
import type { OtlpContext } from "./context.ts";
import {
  emptyRun,
  extendRun,
  internedSets,
  keyOfRun,
  type PointGroup,
  pointLabels,
  rejectPoint,
  setsOf,
} from "./point-labels.ts";
import { NO_RECORDED_VALUE, plainNumber, uint64At, unixMsAt } from "./scalars.ts";

const TIME = tag(3, WIRE.fixed64);
const COUNT = tag(4, WIRE.fixed64);
const SUM = tag(5, WIRE.fixed64);
const BUCKETS = tag(6, WIRE.bytes);
const BUCKET = tag(6, WIRE.fixed64);
const BOUNDS = tag(7, WIRE.bytes);
const BOUND = tag(7, WIRE.fixed64);
const ATTRIBUTES = tag(9, WIRE.bytes);
const FLAGS = tag(10, WIRE.varint);
/** Each is a series. The default of OpenTelemetry is 15. */
const MOST_BOUNDS = 1000;

/** Reads a point that ends at `end` as samples of several series. */
export function readHistogramPoint(context: OtlpContext, end: number, group: PointGroup): void {
  const { cursor, columns, limits } = context;
  const pointStart = cursor.at;
  const attributes = emptyRun(cursor.at);
  const buckets: number[] = [];
  const bounds: number[] = [];
  let timestampMs = 0;
  let count = 0;
  let sum: number | null = null;
  let flags = 0;
  while (cursor.at < end) {
    const start = cursor.at;
    const field = readTag(cursor);
    if (field === TIME) timestampMs = unixMsAt(cursor, takeFixed64(cursor, end));
    else if (field === COUNT) count = uint64At(cursor, takeFixed64(cursor, end));
    else if (field === SUM) sum = cursor.view.getFloat64(takeFixed64(cursor, end), true);
    else if (field === BUCKETS || field === BUCKET) {
      const listEnd = field === BUCKET ? cursor.at + 8 : readEnd(cursor, end);
      checkLimit(buckets.length + (listEnd - cursor.at) / 8, limits.samples, "buckets", cursor.subject);
      readFixed64List(cursor, listEnd, end, (at) => buckets.push(uint64At(cursor, at)));
    } else if (field === BOUNDS || field === BOUND) {
      const listEnd = field === BOUND ? cursor.at + 8 : readEnd(cursor, end);
      checkLimit(bounds.length + (listEnd - cursor.at) / 8, limits.samples, "bounds", cursor.subject);
      readFixed64List(cursor, listEnd, end, (at) => bounds.push(cursor.view.getFloat64(at, true)));
    } else if (field === FLAGS) flags = readVarint(cursor);
    else if (field === ATTRIBUTES) {
      cursor.at = readEnd(cursor, end);
      extendRun(attributes, start, cursor.at);
    } else skipField(cursor, field, end);
  }
  checkEnd(cursor, end);

  const stale = flags % 2 === NO_RECORDED_VALUE;
  const shapeFault = stale && buckets.length === 0 ? null : faultOf(buckets, bounds);
  if (shapeFault !== null) {
    rejectPoint(context, shapeFault, group, pointStart);
    return;
  }
  const attributesKey = keyOfRun(cursor, attributes);
  const key = attributesKey === null ? null : `${group.number} ${bounds.join(" ")} ${attributesKey}`;
  const sets = internedSets(context, key, () => {
    const labels = pointLabels(context, ATTRIBUTES, attributes, group);
    return "reason" in labels ? labels : histogramSets(labels, bounds, group, context);
  });
  if ("reason" in sets) {
    rejectPoint(context, sets, group, pointStart);
    return;
  }

  const add = (set: LabelSet | undefined, value: number): void => {
    pushSample(columns, timestampMs, stale ? Number.NaN : value, stale, limits, cursor.subject);
    keepSeries(columns, set!);
  };
  add(sets[0], count);
  if (sum !== null) add(sets[1], sum);
  let cumulative = 0;
  for (const index of bounds.keys()) {
    cumulative += buckets[index] ?? 0;
    add(sets[2 + index], cumulative);
  }
  add(sets[2 + bounds.length], count);
}

/** Label sets of count, sum, and the buckets in the order of their bounds. */
function histogramSets(
  labels: readonly Label[],
  bounds: readonly number[],
  { name }: PointGroup,
  context: OtlpContext,
): readonly LabelSet[] | Fault {
  const edges = [...bounds, Number.POSITIVE_INFINITY].map(plainNumber);
  const buckets = edges.map((edge) => [`${name}_bucket`, ["le", edge]] as const);
  return setsOf(labels, [[`${name}_count`], [`${name}_sum`], ...buckets], context);
}

/** Bounds must increase and not be too many; there is one bucket more than bounds, or none of both. */
function faultOf(buckets: readonly number[], bounds: readonly number[]): Fault | null {
  if (bounds.length > MOST_BOUNDS) return { reason: REASONS.histogramShape, detail: `${bounds.length} bounds` };
  const shape = buckets.length === bounds.length + 1 || (buckets.length === 0 && bounds.length === 0);
  if (!shape) return { reason: REASONS.histogramShape, detail: `${buckets.length} buckets, ${bounds.length} bounds` };
  const disorder = bounds.findIndex((bound, index) => !(bound > (bounds[index - 1] ?? Number.NEGATIVE_INFINITY)));
  if (disorder < 0 || (disorder === 0 && bounds[0] === Number.NEGATIVE_INFINITY)) return null;
  return {
    reason: REASONS.histogramShape,
    detail: `bound ${bounds[disorder]} after ${bounds[disorder - 1] ?? "none"}`,
  };
}

function readFixed64List(cursor: Cursor, listEnd: number, end: number, take: (at: number) => void): void {
  if ((listEnd - cursor.at) % 8 !== 0) {
    throw malformed(cursor, "a packed list of eight bytes each", `${listEnd - cursor.at}`);
  }
  while (cursor.at < listEnd) take(takeFixed64(cursor, end));
}
