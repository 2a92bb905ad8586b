// Draws and spans of time that the simulator's rooms share.
import type { Rng } from "../base/index.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Uniform between two numbers. */
export function between(rng: Rng, low: number, high: number): number {
  return low + (high - low) * rng.uniform();
}

/** Between two positive numbers, uniform in their logarithm: as many short spans as long ones. */
export function logBetween(rng: Rng, low: number, high: number): number {
  return low * (high / low) ** rng.uniform();
}

/** Exponential with the given mean: the gap to the next of events that come at random. */
export function exponential(rng: Rng, mean: number): number {
  return -mean * Math.log(1 - rng.uniform());
}

/** True with the given probability. */
export function chance(rng: Rng, probability: number): boolean {
  return rng.uniform() < probability;
}

/** One of the items. */
export function pick<Item>(rng: Rng, items: readonly Item[]): Item {
  return items[rng.integer(items.length)]!;
}

/** One of the keys, with probability in proportion to its weight. */
export function pickWeighted<Key extends string>(rng: Rng, weights: Readonly<Record<Key, number>>): Key {
  const entries = Object.entries(weights) as [Key, number][];
  let left = rng.uniform() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [key, weight] of entries) {
    left -= weight;
    if (left < 0) return key;
  }
  return entries.at(-1)![0];
}
