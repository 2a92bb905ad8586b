// NumberDataPoint {time_unix_nano = 3, as_double = 4, as_int = 6, attributes = 7, flags = 8}.
import { REASONS } from "../labels/rejections.ts";
import { checkEnd, readEnd, readTag, readVarint, skipField, tag, takeFixed64, WIRE } from "../protobuf/reader.ts";
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
import { int64At, NO_RECORDED_VALUE, unixMsAt } from "./scalars.ts";

const TIME = tag(3, WIRE.fixed64);
const AS_DOUBLE = tag(4, WIRE.fixed64);
const AS_INT = tag(6, WIRE.fixed64);
const ATTRIBUTES = tag(7, WIRE.bytes);
const FLAGS = tag(8, WIRE.varint);

/** Reads a point that ends at `end` as a sample of its own series. */
export function readNumberPoint(context: OtlpContext, end: number, group: PointGroup): void {
  const { cursor, columns, limits } = context;
  const pointStart = cursor.at;
  const attributes = emptyRun(cursor.at);
  let timestampMs = 0;
  let value: number | null = null;
  let flags = 0;
  while (cursor.at < end) {
    const start = cursor.at;
    const field = readTag(cursor);
    if (field === TIME) timestampMs = unixMsAt(cursor, takeFixed64(cursor, end));
    else if (field === AS_DOUBLE) value = cursor.view.getFloat64(takeFixed64(cursor, end), true);
    else if (field === AS_INT) value = int64At(cursor, takeFixed64(cursor, end));
    else if (field === FLAGS) flags = readVarint(cursor);
    else if (field === ATTRIBUTES) {
      cursor.at = readEnd(cursor, end);
      extendRun(attributes, start, cursor.at);
    } else skipField(cursor, field, end);
  }
  checkEnd(cursor, end);

  const stale = flags % 2 === NO_RECORDED_VALUE;
  if (value === null && !stale) {
    rejectPoint(context, { reason: REASONS.dataMissing, detail: "neither an integer nor a double" }, group, pointStart);
    return;
  }
  const key = keyOfRun(cursor, attributes);
  const sets = internedSets(context, key === null ? null : `${group.number} ${key}`, () => {
    const labels = pointLabels(context, ATTRIBUTES, attributes, group);
    return "reason" in labels ? labels : setsOf(labels, [[group.name]], context);
  });
  if ("reason" in sets) {
    rejectPoint(context, sets, group, pointStart);
    return;
  }
  pushSample(columns, timestampMs, stale ? Number.NaN : value!, stale, limits, cursor.subject);
  keepSeries(columns, sets[0]!);
}
