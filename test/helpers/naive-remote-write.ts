// Remote write 1.0 decoded the plain way, an object for everything: a second opinion for tests, and what a bench compares
// with. Written from the message definitions alone; it shares no code with src/wire.

/** A series as plain objects. */
export interface NaiveSeries {
  labels: { name: string; value: string }[];
  samples: { value: number; bits: bigint; timestamp: bigint }[];
}

/** Decodes a valid prometheus.WriteRequest. */
export function naiveRemoteWrite1(body: Uint8Array): NaiveSeries[] {
  return fieldsOf(body)
    .filter(({ number }) => number === 1)
    .map(({ bytes }) => seriesOf(bytes));
}

interface Field {
  number: number;
  /** Of a length-delimited or fixed field. */
  bytes: Uint8Array;
  /** Of a varint. */
  value: bigint;
}

function seriesOf(bytes: Uint8Array): NaiveSeries {
  const series: NaiveSeries = { labels: [], samples: [] };
  for (const field of fieldsOf(bytes)) {
    const inner = fieldsOf(field.bytes);
    const find = (number: number): Field | undefined => inner.findLast((one) => one.number === number);
    const text = (number: number): string => new TextDecoder().decode(find(number)?.bytes ?? new Uint8Array());
    if (field.number === 1) series.labels.push({ name: text(1), value: text(2) });
    if (field.number === 2) {
      const raw = find(1)?.bytes ?? new Uint8Array(8);
      const view = new DataView(raw.buffer, raw.byteOffset, 8);
      series.samples.push({
        value: view.getFloat64(0, true),
        bits: view.getBigUint64(0, true),
        timestamp: BigInt.asIntN(64, find(2)?.value ?? 0n),
      });
    }
  }
  return series;
}

function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag % 8;
    const value = wire === 0 ? varint() : 0n;
    const length = wire === 2 ? Number(varint()) : wire === 1 ? 8 : wire === 5 ? 4 : 0;
    fields.push({ number: Math.floor(tag / 8), bytes: bytes.slice(at, at + length), value });
    at += length;
  }
  return fields;
}
