import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ForewarnError } from "../base/index.ts";
import { type Dtype, decodeSafetensors, encodeSafetensors, type Tensor, type TensorData } from "./safetensors.ts";

/** A tensor as the twin of a golden file gives it; I64 values as text. */
interface StoredTensor {
  dtype: Dtype;
  shape: number[];
  values: (number | string | boolean)[];
}

const golden = new URL("../../test/golden/safetensors/", import.meta.url);

/** A file with this header text and this many zero bytes of data. */
function fileOf(header: string | Uint8Array, dataBytes = 0, headerLength?: bigint): Uint8Array {
  const text = typeof header === "string" ? Buffer.from(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function entry(dtype: string, shape: string, range: string): string {
  return `{"dtype":"${dtype}","shape":${shape},"data_offsets":${range}}`;
}

/** Decodes, and returns null for a typed refusal; any other exception fails the test. */
function tryDecode(bytes: Uint8Array): ReturnType<typeof decodeSafetensors> | null {
  try {
    return decodeSafetensors(bytes, "file");
  } catch (error) {
    expect(error).toBeInstanceOf(ForewarnError);
    expect((error as ForewarnError).code).toBe("safetensors_invalid");
    return null;
  }
}

const arrays: Record<Dtype, (values: (number | string | boolean)[]) => TensorData> = {
  F32: (values) => Float32Array.from(values.map(Number)),
  F64: (values) => Float64Array.from(values.map(Number)),
  I32: (values) => Int32Array.from(values.map(Number)),
  I64: (values) => BigInt64Array.from(values.map(BigInt)),
  U8: (values) => Uint8Array.from(values.map(Number)),
  BOOL: (values) => Uint8Array.from(values.map(Number)),
};

describe("golden files of the reference implementation", () => {
  const names = readdirSync(golden).filter((name) => name.endsWith(".safetensors"));

  test.each(names)("%s is read and written byte for byte", (name) => {
    const bytes = new Uint8Array(readFileSync(new URL(name, golden)));
    const twin = JSON.parse(readFileSync(new URL(name.replace(".safetensors", ".json"), golden), "utf8"));
    const content = decodeSafetensors(bytes, name);
    expect(content.metadata).toEqual(twin.metadata);
    expect([...content.tensors.keys()].sort()).toEqual(Object.keys(twin.tensors).sort());
    for (const [key, { dtype, shape, values }] of Object.entries<StoredTensor>(twin.tensors)) {
      expect(content.tensors.get(key)).toEqual({ dtype, shape, data: arrays[dtype](values) });
    }
    expect(encodeSafetensors(content.tensors, content.metadata)).toEqual(bytes);
  });
});

describe("hostile headers", () => {
  const one = entry("F32", "[1]", "[0,4]");
  const cases: [string, Uint8Array, RegExp][] = [
    ["no bytes", new Uint8Array(0), /at least 8 bytes, got 0/],
    ["seven bytes", new Uint8Array(7), /at least 8 bytes, got 7/],
    ["length zero", fileOf("", 0), /begins with \{/],
    ["length zero before a brace", fileOf("{}", 0, 0n), /begins with \{/],
    ["length beyond the file", fileOf("{}", 0, 3n), /header of 3 bytes, got 2/],
    ["length over 1 MiB", fileOf("{}", 0, 1048577n), /at most 1048576 bytes/],
    ["length 2^63", fileOf("{}", 0, 1n << 63n), /at most 1048576 bytes/],
    ["length 2^64 - 1", fileOf("{}", 0, (1n << 64n) - 1n), /at most 1048576 bytes/],
    ["leading space", fileOf(" {}"), /begins with \{/],
    ["byte order mark", fileOf("\ufeff{}"), /begins with \{/],
    ["array", fileOf("[]"), /begins with \{/],
    ["invalid UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), /strict JSON/],
    ["truncated JSON", fileOf('{"a":{'), /strict JSON/],
    ["trailing text", fileOf("{}{}"), /strict JSON/],
    ["NUL padding", fileOf("{}\0\0"), /strict JSON/],
    ["comment", fileOf("{/**/}"), /strict JSON/],
    ["deep nesting", fileOf(`{"a":${"[".repeat(500_000)}${"]".repeat(500_000)}}`), /Expected dtype, shape/],
    ["deep nesting, open", fileOf(`{"a":${"[".repeat(500_000)}`), /strict JSON/],
    ["tensor twice", fileOf(`{"a":${one},"a":${one}}`, 4), /"a" twice/],
    ["tensor twice, escaped", fileOf(`{"a":${one},"\\u0061" :${one}}`, 4), /"a" twice/],
    ["metadata twice", fileOf('{"__metadata__":{},"__metadata__":{}}'), /"__metadata__" twice/],
    ["metadata key twice", fileOf('{"__metadata__":{"k":"1","k":"2"}}'), /"k" twice/],
    ["dtype twice", fileOf('{"a":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,8]}}', 8), /"dtype" twice/],
    ["metadata not text", fileOf('{"__metadata__":{"k":1}}'), /__metadata__\.k: Expected text/],
    ["metadata nested", fileOf('{"__metadata__":{"k":{}}}'), /__metadata__\.k: Expected text/],
    ["metadata a list", fileOf('{"__metadata__":[]}'), /__metadata__: Expected an object/],
    ["tensor a number", fileOf('{"a":1}'), /tensor a: Expected dtype, shape/],
    ["tensor null", fileOf('{"a":null}'), /whole numbers/],
    ["tensor named __proto__", fileOf('{"__proto__":{"dtype":"F32"}}'), /tensor __proto__: Expected dtype, shape/],
    ["no shape", fileOf('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4), /Expected dtype, shape/],
    [
      "unknown field",
      fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', 4),
      /Expected dtype, shape/,
    ],
    ["unknown dtype", fileOf(`{"a":${entry("F16", "[1]", "[0,2]")}}`, 2), /Expected dtype I64.*got "F16"/],
    ["dtype of the prototype", fileOf(`{"a":${entry("toString", "[1]", "[0,4]")}}`, 4), /Expected dtype/],
    ["dtype a list", fileOf('{"a":{"dtype":["F32"],"shape":[1],"data_offsets":[0,4]}}', 4), /Expected dtype/],
    ["shape a number", fileOf(`{"a":${entry("F32", "1", "[0,4]")}}`, 4), /Expected a shape/],
    ["negative shape", fileOf(`{"a":${entry("F32", "[-1]", "[0,4]")}}`, 4), /whole numbers, got "-"/],
    ["fractional shape", fileOf(`{"a":${entry("F32", "[1.0]", "[0,4]")}}`, 4), /whole numbers, got "\."/],
    ["shape with exponent", fileOf(`{"a":${entry("F32", "[1e0]", "[0,4]")}}`, 4), /whole numbers, got "e"/],
    ["shape 2^53 + 1", fileOf(`{"a":${entry("F32", "[9007199254740993]", "[0,4]")}}`, 4), /Expected a shape/],
    ["shape overflow", fileOf(`{"a":${entry("F32", "[4294967296,4294967296]", "[0,0]")}}`), /Expected .* bytes/],
    [
      "shape not of its bytes",
      fileOf(`{"a":${entry("F32", "[2]", "[0,4]")}}`, 4),
      /Expected 8 bytes for F32 \[2\], got 4/,
    ],
    ["three offsets", fileOf(`{"a":${entry("F32", "[1]", "[0,4,8]")}}`, 4), /data_offsets \[start, end\]/],
    ["reversed offsets", fileOf(`{"a":${entry("F32", "[1]", "[4,0]")}}`, 4), /got -4/],
    ["offset 2^53 + 1", fileOf(`{"a":${entry("F32", "[1]", "[0,9007199254740993]")}}`, 4), /data_offsets/],
    ["hole at the start", fileOf(`{"a":${entry("F32", "[1]", "[4,8]")}}`, 8), /begin at 0, got 4/],
    ["hole between", fileOf(`{"a":${one},"b":${entry("F32", "[1]", "[8,12]")}}`, 12), /begin at 4, got 8/],
    ["overlap", fileOf(`{"a":${one},"b":${entry("U8", "[2]", "[3,5]")}}`, 5), /begin at 4, got 3/],
    ["same range twice", fileOf(`{"a":${one},"b":${one}}`, 4), /begin at 4, got 0/],
    ["data missing", fileOf(`{"a":${one}}`, 3), /Expected 4 bytes of data, got 3/],
    ["polyglot tail", fileOf(`{"a":${one}}`, 5), /end after/],
    ["data without tensors", fileOf("{}", 1), /end after/],
    ["BOOL of 2", Uint8Array.of(...fileOf(`{"a":${entry("BOOL", "[1]", "[0,1]")}}`), 2), /BOOL values, got 2/],
    ["NaN", Uint8Array.of(...fileOf(`{"a":${one}}`), 0, 0, 0xc0, 0x7f), /F32 values, got NaN at element 0/],
    ["infinity", Uint8Array.of(...fileOf(`{"a":${one}}`), 0, 0, 0x80, 0xff), /got -Infinity/],
  ];

  test.each(cases)("%s", (_name, bytes, message) => {
    expect(() => decodeSafetensors(bytes, "file")).toThrow(message);
    expect(tryDecode(bytes)).toBeNull();
  });

  test("more than 10,000 tensors", () => {
    const names = Array.from({ length: 10_001 }, (_, index) => `"${index}":${entry("U8", "[0]", "[0,0]")}`);
    expect(() => decodeSafetensors(fileOf(`{${names.join(",")}}`), "file")).toThrow(/at most 10000 tensors, got 10001/);
  });
});

describe("decodeSafetensors", () => {
  const data = Float32Array.of(1, 2, 3);
  const bytes = encodeSafetensors(new Map([["w", { dtype: "F32", shape: [3], data }]]), { model_id: "m" });

  test("the header is padded so that the data is aligned", () => {
    expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
  });

  test.each([1, 2, 3])("reads bytes that begin %i past an aligned address", (shift) => {
    const shifted = Buffer.alloc(bytes.length + shift).subarray(shift);
    shifted.set(bytes);
    expect(decodeSafetensors(shifted, "file").tensors.get("w")?.data).toEqual(data);
  });

  test("refuses every truncation", () => {
    for (let length = 0; length < bytes.length; length++) expect(tryDecode(bytes.subarray(0, length))).toBeNull();
  });

  test("every bit flip is refused or gives a file that is written and read again equal", () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const content = tryDecode(flipped);
      if (content) {
        expect(decodeSafetensors(encodeSafetensors(content.tensors, content.metadata), "again")).toEqual(content);
      }
    }
  });
});

describe("properties", () => {
  const tensor = fc
    .tuple(
      fc.constantFrom<Dtype>("F32", "F64", "I32", "I64", "U8", "BOOL"),
      fc.array(fc.nat(3), { maxLength: 3 }),
      fc.nat(1),
    )
    .map(([dtype, shape, value]): Tensor => {
      const count = shape.reduce((product, size) => product * size, 1);
      return { dtype, shape, data: arrays[dtype](new Array<number>(count).fill(value)) };
    });
  const name = fc.string({ unit: "binary" }).filter((text) => text !== "__metadata__");

  test("what is written is read again", () => {
    const entries = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 });
    fc.assert(
      fc.property(entries, fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
        const content = decodeSafetensors(encodeSafetensors(new Map(tensors), metadata), "file");
        expect(new Map([...content.tensors].sort())).toEqual(new Map(tensors.sort()));
        expect({ ...content.metadata }).toEqual({ ...metadata });
      }),
      { numRuns: 300 },
    );
  });

  test("random bytes, with and without a valid length, never throw anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        tryDecode(bytes);
        tryDecode(fileOf(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test("random JSON as a header never throws anything else", () => {
    const json = fc.dictionary(fc.constantFrom("a", "b", "__metadata__"), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(json, fc.nat(16), (header, dataBytes) => void tryDecode(fileOf(JSON.stringify(header), dataBytes))),
      { numRuns: 1000 },
    );
  });
});

test("encodeSafetensors refuses data that does not fit its dtype or shape", () => {
  const data = Float32Array.of(1);
  expect(() => encodeSafetensors(new Map([["w", { dtype: "F64", shape: [1], data }]]))).toThrow(/tensor w/);
  expect(() => encodeSafetensors(new Map([["w", { dtype: "F32", shape: [2], data }]]))).toThrow(/tensor w/);
});
