// The live feed of forewarn simulate: where rows go, how Ctrl-C ends it, and what is said about it on stderr.
import { once } from "node:events";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { ForewarnError, formatDuration } from "../../base/index.ts";
import type { DeliveryFaults, LivePlan, LiveSummary } from "../../simulate/index.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";

/** What `simulate --live` was asked for. */
export interface LiveRequest {
  plan: LivePlan;
  speed: number;
  lengthMs: number | null;
  faults: DeliveryFaults;
  /** A URL, or null for standard output. */
  url: string | null;
  headers: [string, string][];
  /** Whether the account goes to standard output as JSON. */
  json: boolean;
}

/**
 * Plays a feed until its length is over or SIGINT.
 * @throws ForewarnError `delivery_failed` when rows could not be delivered.
 */
export async function playLive(request: LiveRequest, io: Io): Promise<void> {
  const { emptySummary, phaseAt, runLive } = await import("../../simulate/index.ts");
  const { plan, speed, lengthMs, faults, url, json } = request;
  const interruption = new AbortController();
  const { signal } = interruption;
  const interrupt = (): void => interruption.abort();
  const wait = (ms: number) => waitFor(ms, signal);
  const send =
    url === null ? (rows: readonly string[]) => print(rows, io) : await postTo(url, request, wait, signal, io);
  const summary = emptySummary();
  let phase: string | null = null;
  process.once("SIGINT", interrupt);
  // A reader of standard output that stops reading ends the feed.
  process.stdout.once("error", interrupt);
  try {
    if (plan.fromMs > plan.fleet.startMs) io.stderr(`going through the history from ${isoTime(plan.fleet.startMs)}\n`);
    const where = url ?? "standard output";
    io.stderr(`sending ${plan.fleet.servers} servers from ${isoTime(plan.fromMs)} at speed ${speed} to ${where}\n`);
    const onInstant = (timeMs: number): void => {
      const next = plan.storyMs === null ? null : phaseAt(plan.storyMs, timeMs);
      if (next !== phase) io.stderr(`${isoTime(timeMs)}  ${next ?? "the story is over"}\n`);
      phase = next;
    };
    await runLive(plan, { speed, lengthMs, faults }, { now: io.now, wait, send, signal, onInstant }, summary);
  } finally {
    process.off("SIGINT", interrupt);
    process.stdout.off("error", interrupt);
    io.stderr(summaryText(summary, plan));
  }
  if (json) printJson(io, summary);
  if (summary.undelivered > 0) {
    const { undelivered, rows } = summary;
    throw new ForewarnError(
      "delivery_failed",
      `${url}: Expected all ${rows} rows to be delivered, ${undelivered} were not`,
    );
  }
}

/** Waits, but at least for the next turn of the event loop, in which signals and sockets have their say. */
async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return nextTurn();
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Prints rows, and waits while the reader is behind. */
async function print(rows: readonly string[], io: Io): Promise<number> {
  io.stdout(`${rows.join("\n")}\n`);
  if (process.stdout.writableNeedDrain) await once(process.stdout, "drain").catch(() => undefined);
  return rows.length;
}

async function postTo(
  url: string,
  { headers }: LiveRequest,
  wait: (ms: number) => Promise<void>,
  signal: AbortSignal,
  io: Io,
) {
  const { createHttpSink } = await import("../../simulate/index.ts");
  const onRetry = (reason: string, delayMs: number): void =>
    io.stderr(`${url}: ${reason}, again in ${formatDuration(Math.round(delayMs))}\n`);
  return createHttpSink({ url, headers, fetch, now: io.now, wait, signal, onRetry });
}

function summaryText({ instants, rows, undelivered, lateInstants, lastMs }: LiveSummary, { fromMs }: LivePlan): string {
  if (lastMs === null) return "sent nothing\n";
  const span = `${isoTime(fromMs)} to ${isoTime(lastMs)}`;
  return `sent ${rows - undelivered} of ${rows} rows at ${instants} instants, ${span}; ${lateInstants} instants were late\n`;
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
