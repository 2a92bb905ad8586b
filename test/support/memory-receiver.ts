// A receiver that keeps samples in maps: what the routes of senders ask for, without a journal and rows.
import type { ReceiveResult, Refusal, SampleReceiver } from "../../src/receive/index.ts";
import type { SampleBlock } from "../../src/wire/index.ts";

const MAX_AHEAD_MS = 600_000;
const RETENTION_MS = 90 * 86_400_000;

/** The receiver with what it has and what a test may change in it. */
export interface MemoryReceiver extends SampleReceiver {
  /** Values by timestamp by the labels of their series as JSON; "stale" for a stale marker. */
  series: Map<string, Map<number, number | "stale">>;
  /** Bodies that came with samples. */
  bodies: (Uint8Array | undefined)[];
  /** Thrown by the next writes. */
  error: Error | null;
}

/** Makes an empty receiver whose clock stands still. */
export function memoryReceiver(nowMs: number): MemoryReceiver {
  const receiver: MemoryReceiver = {
    series: new Map(),
    bodies: [],
    error: null,
    async write(block, body) {
      if (receiver.error !== null) throw receiver.error;
      receiver.bodies.push(body);
      const refused = new Map<Refusal["reason"], Refusal>();
      const refusedSeries = new Set<number>();
      let written = 0;
      const all = block.series.flatMap((_, index) => samplesOfSeries(block, index).map((one) => ({ index, ...one })));
      for (const { index, labels, timeMs, value } of all) {
        const key = JSON.stringify(labels);
        const known = receiver.series.get(key) ?? new Map<number, number | "stale">();
        receiver.series.set(key, known);
        const reason = faultOf(timeMs - nowMs, known.get(timeMs), value);
        if (reason === null) {
          known.set(timeMs, value);
          written++;
          continue;
        }
        const refusal = refused.get(reason) ?? { reason, samples: 0, example: `${key} at ${timeMs}` };
        refused.set(reason, { ...refusal, samples: refusal.samples + 1 });
        refusedSeries.add(index);
      }
      return { written, refused: [...refused.values()], refusedSeries: [...refusedSeries] } satisfies ReceiveResult;
    },
  };
  return receiver;
}

/** Labels, time and value of every sample of a block. */
export function samplesOf(block: SampleBlock) {
  return block.series.flatMap((_, index) => samplesOfSeries(block, index));
}

function samplesOfSeries({ series, starts, timestampsMs, values, stale }: SampleBlock, index: number) {
  const { labels } = series[index]!;
  return Array.from(timestampsMs.subarray(starts[index], starts[index + 1]), (timeMs, at) => {
    const place = starts[index]! + at;
    return { labels, timeMs, value: stale[place] === 1 ? ("stale" as const) : values[place]! };
  });
}

function faultOf(
  aheadMs: number,
  known: number | "stale" | undefined,
  value: number | "stale",
): Refusal["reason"] | null {
  if (aheadMs > MAX_AHEAD_MS) return "too_far_ahead";
  if (aheadMs < -RETENTION_MS) return "too_old";
  return known === undefined || Object.is(known, value) ? null : "other_value";
}
