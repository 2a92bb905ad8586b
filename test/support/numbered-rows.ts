// Rows whose values tell their number, clients that send them, and the check of what is found afterwards: everything that
// was acknowledged, nothing that was not sent, each once (the set oracle of Jepsen).
import { gzipSync } from "node:zlib";
import { openEmbeddedStore } from "../../src/store/index.ts";
import { fastContract } from "../helpers/fast-model.ts";
import type { ServedDaemon } from "./daemon-process.ts";

const SERVERS = 20;
const DAY_MS = 86_400_000;
/** Every second row lies on a day that the daemon seals when it starts. */
const OLD_MS = 3 * DAY_MS;

/** What clients have sent, and what was acknowledged to them. */
export interface SentRows {
  /** The newest row; the others are older. */
  baseMs: number;
  next: number;
  sent: Set<number>;
  acked: Set<number>;
  /** Answers by status, or by the system's code when there was none. */
  answers: Map<string, number>;
}

/** Nothing sent yet. */
export function noRowsYet(): SentRows {
  const baseMs = Math.floor(Date.now() / 1000) * 1000;
  return { baseMs, next: 0, sent: new Set(), acked: new Set(), answers: new Map() };
}

function placeOf({ baseMs }: SentRows, number: number): { server: string; timestampMs: number } {
  const slot = Math.floor(number / SERVERS);
  return { server: `s${number % SERVERS}`, timestampMs: baseMs - slot * 1000 - (slot % 2) * OLD_MS };
}

/** A row as it is sent; its values are its number, and a fraction with all bits in use. */
function rowOf(rows: SentRows, number: number): object {
  const { server, timestampMs } = placeOf(rows, number);
  const values = { cpu_pct: 50, mem_pct: 50, load_average: number, gc_pause_ms: number / 7 };
  return { timestamp: new Date(timestampMs).toISOString(), server, ...values };
}

/** Sends one request. @returns Its status, 0 when the connection broke. */
export async function sendNumbers(
  url: string,
  rows: SentRows,
  numbers: readonly number[],
  kind = 0,
): Promise<Response | null> {
  const isLines = kind % 2 === 1;
  const list = numbers.map((number) => JSON.stringify(rowOf(rows, number)));
  const text = isLines ? list.join("\n") : `[${list.join(",")}]`;
  const headers: Record<string, string> = { "content-type": isLines ? "application/x-ndjson" : "application/json" };
  if (kind === 3) headers["content-encoding"] = "gzip";
  for (const number of numbers) rows.sent.add(number);
  try {
    const response = await fetch(`${url}/api/v1/rows`, {
      method: "POST",
      headers,
      body: kind === 3 ? gzipSync(text) : text,
    });
    const answer = (await response.json()) as { accepted: number; duplicates: number };
    count(rows, String(response.status));
    if (response.status !== 200) return response;
    if (answer.accepted + answer.duplicates !== numbers.length) throw new RangeError(JSON.stringify(answer));
    for (const number of numbers) rows.acked.add(number);
    return response;
  } catch (error) {
    // fetch says that a connection broke with a TypeError.
    if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) throw error;
    count(rows, (error.cause as { code?: string } | undefined)?.code ?? error.message);
    return null;
  }
}

function count({ answers }: SentRows, outcome: string): void {
  answers.set(outcome, (answers.get(outcome) ?? 0) + 1);
}

/** Starts clients that send until `signal` is aborted or their connection breaks. */
export async function sendAll(url: string, rows: SentRows, signal: AbortSignal, clients = 4): Promise<void> {
  const run = async (kind: number): Promise<void> => {
    while (!signal.aborted) {
      const begin = rows.next;
      const count = 20 + ((begin * 7) % 200);
      rows.next += count;
      const numbers = Array.from({ length: count }, (_, i) => begin + i);
      const response = await sendNumbers(url, rows, numbers, kind);
      if (response === null) return;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => run(client % 4)));
}

/** What a check has found. */
export interface Verdict {
  found: Set<number>;
  /** Acknowledged, and not there. */
  lost: number[];
  /** There, and not sent so or not at its place. */
  phantom: number[];
}

/** Reads all rows back over HTTP, in single precision and at the places where they belong. */
export async function readBack(daemon: ServedDaemon, rows: SentRows): Promise<Verdict> {
  const found = new Set<number>();
  const phantom: number[] = [];
  const slots = Math.ceil(rows.next / SERVERS) + 1;
  const known = await daemon.get<{ items: { server: string }[] }>("/api/v1/servers?limit=1000");
  for (const { server } of known.items.filter((item) => /^s\d+$/.test(item.server))) {
    for (const toMs of [rows.baseMs + 1000, rows.baseMs - OLD_MS + 1000]) {
      const query = `from=${(toMs - slots * 1000) / 1000}&to=${toMs / 1000}&metrics=load_average,gc_pause_ms`;
      const { startAt, metrics } = await daemon.get<{ startAt: string; metrics: Record<string, (number | null)[]> }>(
        `/api/v1/servers/${server}/history?${query}`,
      );
      const startMs = Date.parse(startAt);
      for (const [step, number] of metrics["load_average"]!.entries()) {
        if (number === null) continue;
        const place = placeOf(rows, number);
        const isRight =
          rows.sent.has(number) &&
          place.server === server &&
          place.timestampMs === startMs + step * 1000 &&
          Math.abs(metrics["gc_pause_ms"]![step]! - number / 7) <= 1e-6 * slots * SERVERS;
        if (isRight && !found.has(number)) found.add(number);
        else phantom.push(number);
      }
    }
  }
  return { found, lost: [...rows.acked].filter((number) => !found.has(number)), phantom };
}

/**
 * Sends everything again: what was found is there already, the rest is new, and the daemon's own counters say the same.
 * @returns Differences, empty when the counts reconcile.
 */
export async function sendAgain(daemon: ServedDaemon, rows: SentRows, { found }: Verdict): Promise<string[]> {
  const names = ["accepted", "duplicate", "conflict"] as const;
  const read = () => Promise.all(names.map((name) => daemon.metric(`forewarn_rows_${name}_total`)));
  const before = await read();
  const numbers = [...rows.sent];
  for (let begin = 0; begin < numbers.length; begin += 5000) {
    const response = await sendNumbers(daemon.url, rows, numbers.slice(begin, begin + 5000), 1);
    if (response?.status !== 200) return [`answered ${response?.status}`];
  }
  const after = await read();
  const expected = [numbers.length - found.size, found.size, 0];
  return names.flatMap((name, i) => {
    const counted = after[i]! - before[i]!;
    return counted === expected[i] ? [] : [`${name}: Expected ${expected[i]}, got ${counted}`];
  });
}

/** Reads the store of a stopped daemon bit for bit. @returns Rows that are wrong or stored twice, and numbers found. */
export async function readStore(directory: string, rows: SentRows): Promise<Verdict> {
  const store = await openEmbeddedStore(directory, fastContract, { reservedBytes: 0 });
  const found = new Set<number>();
  const phantom: number[] = [];
  const load = fastContract.metrics.findIndex(({ name }) => name === "load_average");
  const pause = fastContract.metrics.findIndex(({ name }) => name === "gc_pause_ms");
  await store.readRows(0, rows.baseMs + DAY_MS, (batch) => {
    for (let i = 0; i < batch.timestampsMs.length; i++) {
      const server = batch.servers[i]!;
      if (!/^s\d+$/.test(server)) continue;
      const number = batch.metrics[load]![i]!;
      const place = placeOf(rows, number);
      const isRight = place.server === server && place.timestampMs === batch.timestampsMs[i];
      if (isRight && batch.metrics[pause]![i] === number / 7 && rows.sent.has(number) && !found.has(number)) {
        found.add(number);
      } else phantom.push(number);
    }
  });
  await store.close();
  return { found, lost: [...rows.acked].filter((number) => !found.has(number)), phantom };
}
