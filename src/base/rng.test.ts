import { describe, expect, test } from "vitest";
import { createRng, type Rng, restoreRng } from "./rng.ts";

function draw(rng: Rng, count: number): number[] {
  return Array.from({ length: count }, () => rng.uniform());
}

describe("createRng", () => {
  test("the same seed gives the same numbers, another seed others", () => {
    expect(draw(createRng(42), 5)).toEqual(draw(createRng(42), 5));
    expect(draw(createRng(42), 5)).not.toEqual(draw(createRng(43), 5));
  });

  test("gives the numbers of xoshiro128** for a known state", () => {
    // Reference C code (prng.di.unimi.it/xoshiro128starstar.c), state 1 2 3 4: 11520, 0, 5927040, 70819200.
    const rng = restoreRng([1, 2, 3, 4]);
    expect(draw(rng, 4).map((value) => value * 2 ** 32)).toEqual([11520, 0, 5927040, 70819200]);
  });

  test("uniform numbers have the mean and variance of [0, 1)", () => {
    const values = draw(createRng(7), 20_000);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(mean(values)).toBeCloseTo(1 / 2, 1.9);
    expect(variance(values)).toBeCloseTo(1 / 12, 2);
  });

  test("normal numbers have mean 0 and variance 1, and are finite", () => {
    const rng = createRng(7);
    const values = Array.from({ length: 20_000 }, () => rng.normal());
    expect(values.every(Number.isFinite)).toBe(true);
    expect(Math.abs(mean(values))).toBeLessThan(0.03);
    expect(Math.abs(variance(values) - 1)).toBeLessThan(0.05);
  });

  test("integers cover their range evenly", () => {
    const rng = createRng(3);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) counts[rng.integer(10)]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});

test("a restored source goes on where the state was taken", () => {
  const rng = createRng(1);
  draw(rng, 10);
  const restored = restoreRng(JSON.parse(JSON.stringify(rng.state())));
  expect(draw(restored, 20)).toEqual(draw(rng, 20));
});

test("forks are named: the same label gives the same stream, another label another, and the parent does not move", () => {
  const rng = createRng(1);
  const before = rng.state();
  expect(draw(rng.fork("a"), 5)).toEqual(draw(rng.fork("a"), 5));
  expect(draw(rng.fork("a"), 5)).not.toEqual(draw(rng.fork("b"), 5));
  expect(rng.state()).toEqual(before);
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
}
