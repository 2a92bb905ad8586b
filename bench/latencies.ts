// Requests at given times, whatever the answers before took, and how long after its time each was answered.
import { setTimeout as sleep } from "node:timers/promises";

/** Sorted times of answers. */
export interface Latencies {
  requests: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

/**
 * Makes requests at a steady rate until `isOver`; every latency counts from when its request was due (open loop), so that
 * a server that stands still is not asked less.
 */
export async function paced(
  perSecond: number,
  isOver: (requests: number) => boolean,
  request: (index: number) => Promise<unknown>,
): Promise<number[]> {
  const times: number[] = [];
  const answers: Promise<void>[] = [];
  const beganMs = performance.now();
  for (let index = 0; !isOver(index); index++) {
    const dueMs = beganMs + (index * 1000) / perSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    answers.push(request(index).then(() => void times.push(performance.now() - dueMs)));
  }
  await Promise.all(answers);
  return times;
}

/** Quantiles of times in milliseconds. */
export function latenciesOf(times: readonly number[]): Latencies {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (level: number): number => rounded(sorted[Math.ceil(level * (sorted.length - 1))] ?? Number.NaN, 1);
  return { requests: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

/** A number with so many decimals. */
export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
