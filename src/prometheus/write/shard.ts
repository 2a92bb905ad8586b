// Sends the requests of one queue, one at a time and in order. What may go better later is tried again until it is too
// old; what the database refuses is counted and told, never tried again.
import type { Rng } from "../../base/index.ts";
import { parseRetryAfter } from "../client/retry.ts";
import { type Transport, TransportError, type WireAnswer } from "../client/transport.ts";
import type { DiskQueue } from "./disk-queue.ts";
import type { QueuedRequest } from "./record.ts";

/** A request that was not taken. */
export interface WriteProblem {
  /** failed: it is tried again. refused: the database will never take it. expired: it became too old before it was taken. */
  kind: "failed" | "refused" | "expired";
  reason: string;
  samples: number;
  /** Until the next try; null when there is none. */
  delayMs: number | null;
}

/** What became of samples so far. */
export interface WriteCounts {
  sent: number;
  refused: number;
  /** Too old, or pushed out of a full queue. */
  dropped: number;
  failedRequests: number;
}

/** What a shard works with. */
export interface ShardOptions {
  queue: DiskQueue;
  transport: Transport;
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Samples that waited longer are dropped. */
  maxAgeMs: number;
  /** Epoch milliseconds. */
  now: () => number;
  /** Resolves after a time, at once when the signal is aborted. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** For the jitter of pauses. */
  rng: Rng;
  counts: WriteCounts;
  onProblem: (problem: WriteProblem) => void;
  signal: AbortSignal;
}

/** A shard at work. */
export interface Shard {
  /** Says that there is something in the queue. */
  wake(): void;
  /** Resolves when it was stopped; rejects with errors of the queue's files. */
  ended: Promise<void>;
}

const FIRST_PAUSE_MS = 30;
const LONGEST_PAUSE_MS = 5000;
const CONNECT_TIMEOUT_MS = 2000;
const TIMEOUT_MS = 30_000;
const MOST_ANSWER_BYTES = 65_536;
const SHOWN_REASON = 200;

/** Starts sending. */
export function startShard(options: ShardOptions): Shard {
  const { queue, maxAgeMs, now, wait, counts, onProblem, signal } = options;
  let wake = (): void => undefined;
  let isAwake = true;
  const work = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      const request = await queue.first();
      if (request === null) {
        if (!isAwake) await new Promise<void>((resolve) => (wake = resolve));
        isAwake = false;
        continue;
      }
      const { samples, atMs } = request;
      const outcome = now() - atMs > maxAgeMs ? expired(maxAgeMs) : await send(request, options);
      if (outcome === null) return;
      if (outcome.kind === "failed") {
        counts.failedRequests++;
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++);
        const delayMs = Math.max(pauseMs * (0.5 + 0.5 * options.rng.uniform()), outcome.retryAfterMs);
        onProblem({ kind: "failed", reason: outcome.reason, samples, delayMs });
        await wait(delayMs, signal);
        continue;
      }
      failures = 0;
      // In one turn, so that no sample is seen twice or nowhere.
      counts[COUNTED[outcome.kind]] += samples;
      const shifted = queue.shift();
      if (outcome.kind !== "sent") onProblem({ ...outcome, samples, delayMs: null });
      await shifted;
    }
  };
  const stir = (): void => {
    isAwake = true;
    wake();
  };
  signal.addEventListener("abort", stir, { once: true });
  return { wake: stir, ended: work() };
}

type Outcome =
  | { kind: "sent" }
  | { kind: "refused" | "expired"; reason: string }
  | { kind: "failed"; reason: string; retryAfterMs: number };

const COUNTED = { sent: "sent", refused: "refused", expired: "dropped" } as const;

function expired(maxAgeMs: number): Outcome {
  return { kind: "expired", reason: `waited for more than ${Math.round(maxAgeMs / 1000)} s` };
}

/** @returns Null when it was stopped meanwhile. */
async function send(request: QueuedRequest, options: ShardOptions): Promise<Outcome | null> {
  const { transport, url, headers, now, signal } = options;
  try {
    const answer = await transport({
      ...{ method: "POST", url, headers, body: request.body, signal, maxBytes: MOST_ANSWER_BYTES },
      ...{ connectTimeoutMs: CONNECT_TIMEOUT_MS, timeoutMs: TIMEOUT_MS },
    });
    return outcomeOf(answer, now());
  } catch (error) {
    if (signal.aborted) return null;
    // Anything that went wrong on the way may go better: an address that is refused, too, while its name moves.
    if (!(error instanceof TransportError)) throw error;
    return { kind: "failed", reason: error.message, retryAfterMs: 0 };
  }
}

/** PROTOCOLS of remote write 1.0: 5xx must be tried again, 429 may be, other 4xx must not. */
function outcomeOf({ status, retryAfter, text }: WireAnswer, nowMs: number): Outcome {
  if (status >= 200 && status < 300) return { kind: "sent" };
  const said = text
    .slice(0, SHOWN_REASON)
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim();
  const reason = said === "" ? `status ${status}` : `status ${status}: ${said}`;
  const isFinal = status >= 400 && status < 500 && status !== 429;
  if (isFinal) return { kind: "refused", reason };
  return { kind: "failed", reason, retryAfterMs: parseRetryAfter(retryAfter, nowMs) };
}
