// The message Sample, the same in remote write 1.0 and 2.0: value = 1 (double), timestamp = 2 (int64, milliseconds).
import type { WireLimits } from "../limits.ts";
import {
  type Cursor,
  checkEnd,
  readEnd,
  readInt64,
  readTag,
  skipField,
  tag,
  takeFixed64,
  WIRE,
} from "../protobuf/reader.ts";
import { pushSample, type SampleColumns, STALE_HIGH, STALE_LOW } from "../samples.ts";

const VALUE = tag(1, WIRE.fixed64);
const TIMESTAMP = tag(2, WIRE.varint);

/** Reads a Sample, of which the tag was read, into the series in work. Absent fields are 0, as proto3 says. */
export function readSample(cursor: Cursor, messageEnd: number, columns: SampleColumns, limits: WireLimits): void {
  const end = readEnd(cursor, messageEnd);
  const { view } = cursor;
  let value = 0;
  let timestampMs = 0;
  let stale = false;
  while (cursor.at < end) {
    const field = readTag(cursor);
    if (field === VALUE) {
      const at = takeFixed64(cursor, end);
      stale = view.getUint32(at, true) === STALE_LOW && view.getUint32(at + 4, true) === STALE_HIGH;
      value = view.getFloat64(at, true);
    } else if (field === TIMESTAMP) timestampMs = readInt64(cursor);
    else skipField(cursor, field, end);
  }
  checkEnd(cursor, end);
  pushSample(columns, timestampMs, value, stale, limits, cursor.subject);
}
