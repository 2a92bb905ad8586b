// The symbol table of remote write 2.0. Each symbol gets a number that holds across requests, so that a series is known
// by the numbers of its symbols: four bytes each, without making a text of any of them.
import { labelSetOfBytes } from "../labels/label-bytes.ts";
import { type LabelCache, numberOf, renumberIfNeeded, sharedSet } from "../labels/label-cache.ts";
import { isFault, type LabelSet } from "../labels/label-set.ts";
import { type Fault, REASONS } from "../labels/rejections.ts";
import { checkLimit, type WireLimits } from "../limits.ts";
import { type Cursor, checkEnd, malformed, readEnd, readTag, skipField, tag, WIRE } from "../protobuf/reader.ts";

const SYMBOL = tag(4, WIRE.bytes);
/** Symbols that a request may have for each series; names and most values are shared, so few are its own. */
const SYMBOLS_PER_SERIES = 20;

/** Symbols of one request, and the references of the series in work. */
export interface SymbolTable {
  beginSeries(): void;
  addReference(reference: number): void;
  /** The label set that the references give. */
  endSeries(bytes: Buffer): LabelSet | Fault;
}

/**
 * Reads all symbols of a Request, wherever in the message they are; the cursor is moved to the end.
 * @throws ForewarnError `body_unreadable` if the first symbol is not the empty text, as the specification demands.
 */
export function readSymbols(cursor: Cursor, cache: LabelCache, limits: WireLimits): SymbolTable {
  const { bytes } = cursor;
  let bounds = new Uint32Array(512); // [symbols, start and end]
  let count = 0;
  const mostSymbols = limits.series * SYMBOLS_PER_SERIES;
  while (cursor.at < bytes.length) {
    const field = readTag(cursor);
    if (field !== SYMBOL) {
      skipField(cursor, field, bytes.length);
      continue;
    }
    const end = readEnd(cursor, bytes.length);
    if (count === 0 && end > cursor.at) {
      throw malformed(cursor, "the empty text as first symbol", `${end - cursor.at} bytes`);
    }
    if (count >= mostSymbols) checkLimit(count + 1, mostSymbols, "symbols", cursor.subject);
    if (count * 2 === bounds.length) bounds = doubled(bounds);
    bounds[count * 2] = cursor.at;
    bounds[count * 2 + 1] = end;
    count++;
    cursor.at = end;
  }
  checkEnd(cursor, bytes.length);
  return tableOf(bounds, count, cache, limits);
}

function tableOf(bounds: Uint32Array, count: number, cache: LabelCache, limits: WireLimits): SymbolTable {
  renumberIfNeeded(cache);
  const numbers = new Uint32Array(count); // 0: not looked up yet
  const most = limits.labels * 2;
  const references = new Uint32Array(most);
  const key = new Uint32Array(most);
  const keyBytes = Buffer.from(key.buffer);
  let length = 0;
  let outside = -1;
  let tooLong = false;

  const textBytes = (bytes: Buffer, symbol: number): string =>
    bytes.toString("latin1", bounds[symbol * 2]!, bounds[symbol * 2 + 1]!);
  const faultOf = (): Fault | null => {
    if (outside >= 0) return { reason: REASONS.symbolReference, detail: `reference ${outside} to ${count} symbols` };
    if (length % 2 !== 0) return { reason: REASONS.symbolReference, detail: `${length} references, expected pairs` };
    if (length > most) return { reason: REASONS.labelLimit, detail: `${length / 2} labels, at most ${limits.labels}` };
    if (tooLong) {
      return { reason: REASONS.labelLimit, detail: `a name or value of over ${limits.labelValueBytes} bytes` };
    }
    return null;
  };
  const decode = (bytes: Buffer): LabelSet | Fault => {
    const ranges = new Uint32Array(length * 2);
    for (let index = 0; index < length; index++) {
      ranges[index * 2] = bounds[references[index]! * 2]!;
      ranges[index * 2 + 1] = bounds[references[index]! * 2 + 1]!;
    }
    return labelSetOfBytes(bytes, ranges, length / 2, limits);
  };

  return {
    beginSeries() {
      length = 0;
      outside = -1;
      tooLong = false;
    },
    addReference(reference) {
      if (reference >= count) outside = reference;
      else if (length < most) {
        references[length] = reference;
        if (bounds[reference * 2 + 1]! - bounds[reference * 2]! > limits.labelValueBytes) tooLong = true;
      }
      length++;
    },
    endSeries(bytes) {
      const fault = faultOf();
      if (fault !== null) return fault;
      for (let index = 0; index < length; index++) {
        const symbol = references[index]!;
        if (numbers[symbol] === 0) numbers[symbol] = numberOf(cache, textBytes(bytes, symbol));
        key[index] = numbers[symbol]!;
      }
      const text = keyBytes.toString("latin1", 0, length * 4);
      const known = cache.remoteWrite2.get(text);
      if (known !== undefined) return known;
      const labels = decode(bytes);
      if (isFault(labels)) return labels;
      const shared = sharedSet(cache, labels);
      cache.remoteWrite2.set(text, shared);
      return shared;
    },
  };
}

function doubled(values: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(values.length * 2);
  larger.set(values);
  return larger;
}
