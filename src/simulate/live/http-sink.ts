// Delivers rows to a URL as newline-delimited JSON, patiently: a receiver that is away or busy for a while is tried again.
import { ForewarnError } from "../../base/index.ts";

const MOST_ROWS = 10_000;
const TIMEOUT_MS = 30_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 60_000;
/** Tries for a batch; fewer while nobody has ever answered, so that a wrong URL shows at once. */
const TRIES = 7;
const FIRST_TRIES = 3;
const RETRY_STATUSES = [429, 502, 503, 504];
const SHOWN_CHARACTERS = 200;

/** Where rows go, and what that needs of the world. */
export interface HttpSinkOptions {
  url: string;
  /** Sent with every request, such as an API key. */
  headers?: readonly (readonly [string, string])[];
  fetch: typeof globalThis.fetch;
  /** Epoch milliseconds, for dates in Retry-After. */
  now: () => number;
  /** Resolves after a time, or at once when the signal is aborted. */
  wait: (ms: number) => Promise<void>;
  /** When aborted, a batch is tried once and no more. */
  signal: AbortSignal;
  /** Called before a batch is tried again. */
  onRetry?: (reason: string, delayMs: number) => void;
}

/**
 * A sink of rows for `runLive`: posts them in batches of at most 10,000, and each again after 0.5 s, 1 s, 2 s and so on
 * when the connection fails or the answer is 429, 502, 503 or 504; `Retry-After` is honoured up to a minute. A batch
 * whose answer was lost arrives twice.
 * @returns A function that gives how many rows were taken; a batch that failed seven times is not.
 *   It throws ForewarnError `delivery_failed` when nobody has ever answered at the URL and for any other answer.
 */
export function createHttpSink(options: HttpSinkOptions): (rows: readonly string[]) => Promise<number> {
  const { url, wait, signal, onRetry } = options;
  let hasAnswered = false;

  const deliver = async (rows: readonly string[]): Promise<boolean> => {
    for (let attempt = 1; ; attempt++) {
      const outcome = await post(options, rows);
      hasAnswered ||= outcome.answered;
      if (outcome.taken) return true;
      if (signal.aborted) return false;
      if (attempt >= (hasAnswered ? TRIES : FIRST_TRIES)) {
        if (hasAnswered) return false;
        throw new ForewarnError("delivery_failed", `${url}: Expected a receiver, got ${outcome.reason}`, {
          hint: "start the receiver first, or correct --to",
        });
      }
      const delayMs = Math.min(LONGEST_DELAY_MS, outcome.retryAfterMs ?? FIRST_DELAY_MS * 2 ** (attempt - 1));
      onRetry?.(outcome.reason, delayMs);
      await wait(delayMs);
    }
  };

  return async (rows) => {
    let delivered = 0;
    for (let from = 0; from < rows.length; from += MOST_ROWS) {
      const batch = rows.slice(from, from + MOST_ROWS);
      if (await deliver(batch)) delivered += batch.length;
    }
    return delivered;
  };
}

type Outcome =
  | { taken: true; answered: true }
  | { taken: false; answered: boolean; reason: string; retryAfterMs: number | null };

async function post(options: HttpSinkOptions, rows: readonly string[]): Promise<Outcome> {
  const { url, headers = [], fetch, now } = options;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: [["Content-Type", "application/x-ndjson"], ...headers] as [string, string][],
      body: `${rows.join("\n")}\n`,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (error) {
    return { taken: false, answered: false, reason: connectionReason(error), retryAfterMs: null };
  }
  if (response.ok) return { taken: true, answered: true };
  const reason = `${response.status} ${response.statusText}`.trim();
  if (RETRY_STATUSES.includes(response.status)) {
    return { taken: false, answered: true, reason, retryAfterMs: retryAfterMs(response.headers, now()) };
  }
  const said = text === "" ? "" : `: ${text.slice(0, SHOWN_CHARACTERS).replace(/\s+/g, " ").trim()}`;
  throw new ForewarnError("delivery_failed", `${url}: Expected the rows to be taken, got ${reason}${said}`, {
    hint: "an API key goes into --header 'Name: value'",
  });
}

/** The header Retry-After in seconds or as a date, as a delay; null without one that can be read. */
function retryAfterMs(headers: Headers, nowMs: number): number | null {
  const value = headers.get("retry-after");
  if (value === null) return null;
  const delayMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(delayMs) ? Math.max(0, delayMs) : null;
}

/** fetch says "fetch failed"; its cause knows more. */
function connectionReason(error: unknown): string {
  const { cause, message, name } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1000} s`;
  return cause?.code ?? (cause?.message || message);
}
