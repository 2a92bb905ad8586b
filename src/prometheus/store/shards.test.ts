import { describe, expect, it, test } from "vitest";
import { isInShard, parseShard, shardOf } from "./shards.ts";

const NAMES = Array.from({ length: 100_000 }, (_, i) =>
  i % 2 === 0 ? `web-${i}.example` : `rack${i % 97}/node${String(i).padStart(6, "0")}`,
);

describe("shardOf", () => {
  it("never changes: daemons of two versions share a fleet", () => {
    const names = ["", "a", "web-1", "namespace/workload/container", "größe"];
    expect(names.map((name) => [1, 2, 4, 7, 100].map((count) => shardOf(name, count)))).toMatchInlineSnapshot(`
      [
        [
          0,
          0,
          3,
          3,
          83,
        ],
        [
          0,
          0,
          0,
          0,
          48,
        ],
        [
          0,
          0,
          0,
          0,
          34,
        ],
        [
          0,
          0,
          3,
          6,
          22,
        ],
        [
          0,
          0,
          0,
          4,
          58,
        ],
      ]
    `);
  });

  it("gives every server to exactly one shard", () => {
    for (const name of NAMES.slice(0, 2000)) {
      const owners = [0, 1, 2, 3, 4].filter((index) => isInShard({ index, count: 5 }, name));
      expect(owners).toEqual([shardOf(name, 5)]);
    }
  });

  test.each([2, 3, 4, 10, 64])("gives each of %i shards its part of 100,000 servers", (count) => {
    const sizes = new Array<number>(count).fill(0);
    for (const name of NAMES) sizes[shardOf(name, count)]! += 1;
    // Five standard deviations of a binomial share.
    const deviation = 5 * Math.sqrt((NAMES.length / count) * (1 - 1 / count));
    for (const size of sizes) expect(Math.abs(size - NAMES.length / count)).toBeLessThan(deviation);
  });

  test.each([1, 2, 4, 9])("moves servers from %i shards to the next one only, and no more than its part", (count) => {
    let moved = 0;
    for (const name of NAMES) {
      const [before, after] = [shardOf(name, count), shardOf(name, count + 1)];
      if (before === after) continue;
      expect(after).toBe(count);
      moved += 1;
    }
    expect(Math.abs(moved / NAMES.length - 1 / (count + 1))).toBeLessThan(0.01);
  });
});

describe("parseShard", () => {
  it("reads the first and the last of four", () => {
    expect([parseShard("0/4"), parseShard("3/4")]).toEqual([
      { index: 0, count: 4 },
      { index: 3, count: 4 },
    ]);
  });

  test.each(["4/4", "0/0", "1", "-1/4", "a/4", "0/4/1", "0/2000", " 0/4", ""])("refuses %j", (text) => {
    expect(() => parseShard(text)).toThrowError(expect.objectContaining({ code: "usage_invalid" }));
  });
});
