// Samples that are refused, counted by reason, with one of them in words.
import type { LabelSet } from "../wire/index.ts";
import type { Refusal } from "./receiver.ts";

/** Refused samples of one request. */
export interface Refusals {
  /** @param place Of the series in the block that was sent. */
  add(reason: Refusal["reason"], samples: number, place: number, example: () => string): void;
  list(): Refusal[];
  /** Places of the series that samples were refused of, each once. */
  places(): number[];
}

/** Nothing refused so far. */
export function createRefusals(): Refusals {
  const byReason = new Map<Refusal["reason"], Refusal>();
  const places = new Set<number>();
  return {
    add(reason, samples, place, example) {
      places.add(place);
      const known = byReason.get(reason);
      if (known === undefined) byReason.set(reason, { reason, samples, example: example() });
      else known.samples += samples;
    },
    list: () => [...byReason.values()],
    places: () => [...places],
  };
}

/** A series for people: `up{instance="a:9100", job="node"}`. */
export function seriesText({ name, labels }: LabelSet): string {
  const pairs = labels.filter(([label]) => label !== "__name__").map(([label, value]) => `${label}="${value}"`);
  return `${name}{${pairs.join(", ")}}`;
}

/** A time for people, whatever number it is. */
export function timeText(timeMs: number): string {
  return Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : `${timeMs} ms`;
}
