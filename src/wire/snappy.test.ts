import fc from "fast-check";
import { compress, uncompress } from "snappyjs";
import { expect, test } from "vitest";
import { hex } from "../../test/helpers/bytes.ts";
import { ForewarnError } from "../base/index.ts";
import { compressSnappy, decompressSnappy } from "./snappy.ts";

const LIMIT = 1 << 20;

// Elements as in google/snappy format_description.txt: literals of each length form, copies of each offset form.
test.each([
  ["nothing", "00", ""],
  ["a literal", "03 08 616263", "abc"],
  ["a literal of 61 bytes, length in one byte", `3d f03c ${"61".repeat(61)}`, "a".repeat(61)],
  ["a literal, length in two bytes", `3d f43c00 ${"61".repeat(61)}`, "a".repeat(61)],
  ["a copy of one offset byte that overlaps itself", "0a 04 6162 1102", "ababababab"],
  ["a copy of two offset bytes", "06 08 616263 0a0300", "abcabc"],
  ["a copy of four offset bytes", "06 08 616263 0b03000000", "abcabc"],
  ["an over-long length", "838000 08 616263", "abc"],
])("decompresses %s", (_, block, text) => {
  expect(Buffer.from(decompressSnappy(hex(block), LIMIT)).toString()).toBe(text);
});

test.each([
  ["no length", "", "a length of one to five bytes, got the end of the body"],
  ["a length cut off", "ff ff", "a length of one to five bytes, got the end"],
  ["a length of six bytes", "ff ff ff ff ff 01", "length below 2^32"],
  ["a length beyond 32 bits", "ff ff ff ff 1f", "length below 2^32"],
  ["the framed format", "ff 06 00 00 73 4e 61 50 70 59 01", "block format, got the framed format"],
  ["a length that the elements cannot give", "ff ff 3f 08 616263", "at most 85 bytes from 4, got 1048575"],
  ["a copy before any literal", "04 0d01", "exactly 4 bytes"],
  ["a copy of offset 0", "08 00 61 0100", "exactly 8 bytes"],
  ["a copy from before the start", "08 00 61 11c8", "exactly 8 bytes"],
  ["a literal cut off", "08 1c 616263", "exactly 8 bytes"],
  ["a copy cut off", "08 00 61 0e", "exactly 8 bytes"],
  ["fewer bytes than declared", "08 08 616263", "exactly 8 bytes"],
  ["more bytes than declared", "02 08 616263", "exactly 2 bytes"],
  ["bytes after the end", "03 08 616263 08 616263", "exactly 3 bytes"],
])("refuses %s", (_, block, message) => {
  expect(() => decompressSnappy(hex(block), LIMIT)).toThrow(message);
  expect(() => decompressSnappy(hex(block), LIMIT)).toThrow(ForewarnError);
});

test("judges the declared length before it allocates", () => {
  const declared = hex("ff ff ff ff 0f");
  const begin = performance.now();
  for (let count = 0; count < 1000; count++) {
    expect(() => decompressSnappy(declared, 32 * LIMIT)).toThrow(/at most 33554432 decompressed bytes/);
  }
  expect(performance.now() - begin).toBeLessThan(2000);
});

const compressible = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(300)), { maxLength: 12 })
  .map((parts) => Buffer.concat(parts.map(([bytes, times]) => Buffer.concat(Array(times).fill(bytes)))));

test("what it compresses, it and snappyjs decompress; what snappyjs compresses, it decompresses", () => {
  fc.assert(
    fc.property(fc.oneof(compressible, fc.uint8Array({ maxLength: 3000 })), (bytes) => {
      const block = compressSnappy(bytes);
      expect(Buffer.compare(decompressSnappy(block, LIMIT), bytes)).toBe(0);
      expect(Buffer.compare(uncompress(block), bytes)).toBe(0);
      expect(Buffer.compare(decompressSnappy(compress(Uint8Array.from(bytes)), LIMIT), bytes)).toBe(0);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test("of damaged blocks it gives what snappyjs gives, or refuses", () => {
  const whole = compressSnappy(Buffer.from("instance host-1 instance host-2 instance host-3 ".repeat(20)));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, cut) => {
      const damaged = Uint8Array.from(whole.subarray(0, cut));
      if (at < cut) damaged[at] = byte;
      let mine: Uint8Array;
      try {
        mine = decompressSnappy(damaged, LIMIT);
      } catch (error) {
        expect(error).toBeInstanceOf(ForewarnError);
        return;
      }
      expect(Buffer.compare(mine, uncompress(damaged))).toBe(0);
    }),
    { numRuns: 2000, seed: 2 },
  );
});
