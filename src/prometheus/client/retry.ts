// Tries again what may go better the next time: no connection, 5xx, 429. Pauses grow and are jittered, so that many
// clients do not come back at once; a Retry-After is waited for.
import type { Rng } from "../../base/index.ts";
import { type Transport, TransportError, type WireAnswer, type WireRequest } from "./transport.ts";

/** What {@link sendPersistently} needs of the world. */
export interface RetryOptions {
  transport: Transport;
  /** Tries in all. */
  attempts: number;
  /** Epoch milliseconds, for dates in Retry-After. */
  now: () => number;
  wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** For the jitter of pauses. */
  rng: Rng;
  /** Told before every pause. */
  onRetry: (reason: string, delayMs: number) => void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const LONGEST_RETRY_AFTER_MS = 120_000;

/**
 * Sends a request until it is answered by something else than 5xx or 429.
 * @param isFinal Whether such an answer is to be taken as it is: it would be the same again.
 * @throws TransportError of the last try; of any try when it is about time or size, which repetition does not change.
 */
export async function sendPersistently(
  request: WireRequest,
  isFinal: (answer: WireAnswer) => boolean,
  options: RetryOptions,
): Promise<WireAnswer> {
  for (let attempt = 1; ; attempt++) {
    let reason: string;
    let retryAfterMs = 0;
    try {
      const answer = await options.transport(request);
      if ((answer.status < 500 && answer.status !== 429) || isFinal(answer)) return answer;
      if (attempt >= options.attempts) return answer;
      reason = `status ${answer.status}`;
      retryAfterMs = parseRetryAfter(answer.retryAfter, options.now());
    } catch (error) {
      if (!(error instanceof TransportError) || error.kind !== "network" || attempt >= options.attempts) throw error;
      reason = error.message;
    }
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
    const delayMs = Math.max(pauseMs * (0.5 + 0.5 * options.rng.uniform()), retryAfterMs);
    options.onRetry(reason, delayMs);
    await options.wait(delayMs, request.signal);
  }
}

/** Retry-After in seconds or as a date, as a delay; 0 without one that can be read. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number {
  if (value === undefined) return 0;
  const delayMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(delayMs) ? Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, delayMs)) : 0;
}
