// Seeded randomness. xoshiro128** (Blackman and Vigna 2018) seeded through splitmix32, so that nearby seeds give
// unrelated streams. Its state is plain data and can be stored in a checkpoint.
import { fnv1a } from "./hash.ts";

/** A seeded source of random numbers; everything random in Forewarn takes one. */
export interface Rng {
  /** Uniform in [0, 1), 32 random bits. */
  uniform(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
  /** Standard normal deviate (Box-Muller). */
  normal(): number;
  /** An independent stream named by `label`; the same label gives the same stream. */
  fork(label: string): Rng;
  /** The state, to be handed to {@link restoreRng}. */
  state(): RngState;
}

/** Plain-data state of an {@link Rng}. */
export type RngState = readonly [number, number, number, number];

/** Makes a random source; the same seed gives the same numbers on every machine. */
export function createRng(seed: number): Rng {
  return restoreRng(expandSeed(seed >>> 0));
}

/** Makes a random source that goes on where `state` was taken. */
export function restoreRng(state: RngState): Rng {
  let [a, b, c, d] = state;
  const next = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
  const rng: Rng = {
    uniform: () => next() / 4294967296,
    integer: (n) => Math.floor((next() / 4294967296) * n),
    normal: () => {
      const radius = Math.sqrt(-2 * Math.log(1 - next() / 4294967296));
      return radius * Math.cos((2 * Math.PI * next()) / 4294967296);
    },
    fork: (label) => createRng(fnv1a(label) ^ a ^ rotateLeft(b, 8) ^ rotateLeft(c, 16) ^ rotateLeft(d, 24)),
    state: () => [a, b, c, d],
  };
  return rng;
}

function expandSeed(seed: number): RngState {
  let s = seed;
  const split = (): number => {
    s = (s + 0x9e3779b9) | 0;
    let z = s;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  return [split(), split(), split(), split()];
}

function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}
