// Server-sent events by fetch, because EventSource cannot send a key. After a break it goes on from the last event.
import { ApiError, apiUrl, request } from "./api.ts";

/** One event. */
export interface StreamEvent {
  type: string;
  data: string;
}

/** What a stream tells. */
export interface StreamListener {
  onEvent(event: StreamEvent): void;
  /** Null while connected; otherwise why not, and when the next attempt comes. */
  onState(lost: { error: ApiError; retryAtMs: number } | null): void;
}

const LONGEST_WAIT_MS = 15_000;
/** The daemon sends something every 15 s. */
const SILENCE_MS = 40_000;

/** Listens until `signal` ends it; a new attempt follows every break, later and later. */
export async function listen(listener: StreamListener, signal: AbortSignal): Promise<void> {
  let lastId: string | null = null;
  let waitMs = 500;
  while (!signal.aborted) {
    let error = new ApiError("unreachable", 0, "The connection has ended.");
    const silence = new AbortController();
    try {
      const headers = lastId === null ? {} : { "last-event-id": lastId };
      const response = await request(apiUrl("stream"), { headers, signal: AbortSignal.any([signal, silence.signal]) });
      listener.onState(null);
      waitMs = 500;
      for await (const { id, ...event } of eventsOf(response.body!, silence)) {
        lastId = id ?? lastId;
        listener.onEvent(event);
      }
    } catch (cause) {
      if (signal.aborted) return;
      if (cause instanceof ApiError) error = cause;
    }
    listener.onState({ error, retryAtMs: Date.now() + waitMs });
    await pause(waitMs, signal);
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
}

async function* eventsOf(
  body: ReadableStream<Uint8Array>,
  silence: AbortController,
): AsyncGenerator<StreamEvent & { id: string | null }> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  const silent = () => silence.abort();
  let timer = setTimeout(silent, SILENCE_MS);
  let rest = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(silent, SILENCE_MS);
      const blocks = (rest + part.value).split("\n\n");
      rest = blocks.pop()!;
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event !== null) yield event;
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** An event of lines `name: value`; null for a comment. */
export function parseEvent(block: string): (StreamEvent & { id: string | null }) | null {
  const fields = new Map(block.split("\n").map((line) => [line.split(":", 1)[0]!, line.replace(/^[^:]*: ?/, "")]));
  if (!fields.has("data")) return null;
  return { id: fields.get("id") ?? null, type: fields.get("event") ?? "message", data: fields.get("data")! };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => stop(), ms);
    const stop = () => {
      clearTimeout(timer);
      removeEventListener("online", stop);
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
    // A network that is back, or a key that was given, needs no waiting.
    addEventListener("online", stop, { once: true });
  });
}
