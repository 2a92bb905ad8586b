// Samples through a transport of the test that answers as it is told, with a clock of the test.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRng } from "../../base/index.ts";
import { createLabelCache, decodeRemoteWrite1, decompressSnappy, REMOTE_WRITE_LIMITS } from "../../wire/index.ts";
import { type Transport, TransportError, type WireAnswer, type WireRequest } from "../client/transport.ts";
import type { OutgoingSample } from "./sample.ts";
import type { WriteProblem } from "./shard.ts";
import { openRemoteWriter, type RemoteWriter } from "./writer.ts";

type Answer = number | Partial<WireAnswer> | Error;
let root: string;
/** Of the queue. */
let directory: string;
let nowMs: number;
let sent: WireRequest[];
/** For the next requests; 204 when there are none left. */
let answers: Answer[];
let pausesMs: number[];
let problems: WriteProblem[];
let writer: RemoteWriter | null;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "forewarn-write-"));
  directory = root;
  [nowMs, sent, answers, pausesMs, problems, writer] = [1_000_000, [], [], [], [], null];
});
afterEach(async () => {
  await writer?.stop();
  rmSync(root, { recursive: true });
});

async function transport(request: WireRequest): Promise<WireAnswer> {
  sent.push(request);
  const answer = answers.shift() ?? 204;
  await nextTurn();
  if (answer instanceof Error) throw answer;
  const given = typeof answer === "number" ? { status: answer } : answer;
  return { status: 204, retryAfter: undefined, location: undefined, text: "", ...given };
}

function open(more: { maxAgeMs?: number; mostBytes?: number; transport?: Transport } = {}): Promise<RemoteWriter> {
  return openRemoteWriter({
    ...{ directory, url: "http://db/api/v1/write", headers: { "x-scope-orgid": "team" }, userAgent: "forewarn/1" },
    ...{ mostBytes: 1e8, maxAgeMs: 1e9, transport, now: () => nowMs, rng: createRng(1), breathe: nextTurn, ...more },
    async wait(ms, signal) {
      pausesMs.push(ms);
      nowMs += ms;
      if (!signal.aborted) await nextTurn();
    },
    onProblem: (problem) => problems.push(problem),
    onDamage: (path) => problems.push({ kind: "failed", reason: path, samples: 0, delayMs: null }),
  });
}

const drained = () => expect.poll(() => writer!.status().waitingSamples, { timeout: 10_000, interval: 5 }).toBe(0);
const sample = (server: string, timestampMs: number, value: number | null = 1): OutgoingSample => ({
  ...{ labels: { server, __name__: "forewarn_x", profile: "" }, timestampMs, value },
});
function* many(count: number, timestampMs: number): Generator<OutgoingSample> {
  for (let at = 0; at < count; at++) yield sample(`s${at}`, timestampMs, at);
}
const decode = (body: WireRequest["body"]) => {
  const message = decompressSnappy(body as Uint8Array, REMOTE_WRITE_LIMITS.decodedBytes);
  const { series, starts, timestampsMs, values, stale } = decodeRemoteWrite1(message, createLabelCache());
  return series.flatMap(({ labels }, at) =>
    Array.from({ length: starts[at + 1]! - starts[at]! }, (_, i) => {
      const [timeMs, value, isStale] = [timestampsMs, values, stale].map((column) => column[starts[at]! + i]!);
      return { labels: Object.fromEntries(labels), names: labels.map(([name]) => name), timeMs, value, isStale };
    }),
  );
};

test("sends every sample once, in requests of at most 2000, one at a time for each series", async () => {
  writer = await open();
  for (const timestampMs of [1, 2, 3]) await writer.write(many(20_000, timestampMs));
  await drained();
  expect(writer.status()).toMatchObject({ sent: 60_000, refused: 0, dropped: 0, failedRequests: 0, waitingBytes: 0 });
  const bySeries = new Map<string, number[]>();
  for (const { body, headers } of sent) {
    const samples = decode(body);
    expect(samples.length).toBeLessThanOrEqual(2000);
    expect(headers).toEqual({
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": "0.1.0",
      "user-agent": "forewarn/1",
      "x-scope-orgid": "team",
    });
    for (const { labels, timeMs, value } of samples) {
      const server = labels["server"]!;
      expect(value).toBe(Number(server.slice(1)));
      bySeries.set(server, [...(bySeries.get(server) ?? []), timeMs!]);
    }
  }
  expect(bySeries.size).toBe(20_000);
  expect([...bySeries.values()].every((times) => times.join() === "1,2,3")).toBe(true);
  expect(sent.length).toBeLessThan(50);
});

test("labels are sorted and without empty values, a series ends with a stale marker", async () => {
  writer = await open();
  await writer.write([sample("a", 5, null)]);
  await drained();
  expect(decode(sent[0]!.body)).toEqual([
    {
      ...{ labels: { __name__: "forewarn_x", server: "a" }, names: ["__name__", "server"] },
      ...{ timeMs: 5, value: Number.NaN, isStale: 1 },
    },
  ]);
});

test("a series that cannot be is refused, the others are sent", async () => {
  writer = await open();
  await writer.write([{ labels: { server: "a" }, timestampMs: 1, value: 1 }, sample("b", 1)]);
  await drained();
  expect(writer.status()).toMatchObject({ sent: 1, refused: 1 });
  expect(problems).toMatchObject([{ kind: "refused", samples: 1 }]);
});

test.each<[string, Answer, string]>([
  ["500", 500, "status 500"],
  ["503 with words", { status: 503, text: "no\nspace" }, "status 503: no space"],
  ["429", 429, "status 429"],
  ["a redirect", 302, "status 302"],
  ["no connection", new TransportError("network", "ECONNREFUSED"), "ECONNREFUSED"],
  ["no answer in time", new TransportError("time", "no complete answer"), "no complete answer"],
])("tries again after %s, with the same body and growing pauses", async (_, answer, reason) => {
  answers = Array(12).fill(answer);
  writer = await open();
  await writer.write([sample("a", 1)]);
  await drained();
  expect(sent).toHaveLength(13);
  expect(new Set(sent.map(({ body }) => Buffer.from(body as Uint8Array).toString("hex"))).size).toBe(1);
  expect(problems[0]).toEqual({ kind: "failed", reason, samples: 1, delayMs: pausesMs[0] });
  for (const [at, pauseMs] of pausesMs.entries()) {
    const longest = Math.min(5000, 30 * 2 ** at);
    expect(pauseMs).toBeGreaterThanOrEqual(longest / 2);
    expect(pauseMs).toBeLessThanOrEqual(longest);
  }
  expect(writer.status()).toMatchObject({ sent: 1, failedRequests: 12 });
});

test("waits as long as it is told to", async () => {
  answers = [
    { status: 503, retryAfter: "77" },
    { status: 429, retryAfter: new Date(nowMs + 107_000).toUTCString() },
  ];
  writer = await open();
  await writer.write([sample("a", 1)]);
  await drained();
  expect(pausesMs).toEqual([77_000, 30_000]);
});

test.each([400, 401, 404, 409, 413])("does not try again after %i, counts it, and goes on", async (status) => {
  answers = [{ status, text: "out of order sample" }];
  writer = await open();
  await writer.write([sample("a", 1)]);
  await drained();
  await writer.write([sample("a", 2)]);
  await drained();
  expect(sent).toHaveLength(2);
  expect(writer.status()).toMatchObject({ sent: 1, refused: 1, failedRequests: 0 });
  const reason = `status ${status}: out of order sample`;
  expect(problems).toEqual([{ kind: "refused", reason, samples: 1, delayMs: null }]);
});

test("what waited too long is dropped and counted", async () => {
  answers = Array(1000).fill(500);
  writer = await open({ maxAgeMs: 60_000 });
  await writer.write([sample("a", 1)]);
  await drained();
  expect(writer.status()).toMatchObject({ sent: 0, dropped: 1 });
  expect(problems.at(-1)).toMatchObject({ kind: "expired", reason: "waited for more than 60 s" });
});

test("a full queue drops its oldest samples and counts them", async () => {
  answers = Array(1e6).fill(500);
  writer = await open({ mostBytes: 20_000 });
  for (let at = 0; at < 20; at++) await writer.write(many(1000, at));
  const { waitingSamples, waitingBytes, dropped } = writer.status();
  expect(waitingBytes).toBeLessThanOrEqual(20_000);
  expect(waitingSamples + dropped).toBe(20_000);
  expect(dropped).toBeGreaterThan(10_000);
  expect(problems.some(({ reason }) => reason === "pushed out of a full queue")).toBe(true);
});

test("whatever the database answers and however often it restarts, nothing is lost, nothing is out of order", async () => {
  const kinds = [204, 204, 400, 413, 429, 500, 503, new TransportError("network", "reset"), "lost answer"] as const;
  const rounds = fc.array(fc.record({ answers: fc.array(fc.constantFrom(...kinds)), restarts: fc.boolean() }), {
    ...{ minLength: 1, maxLength: 6 },
  });
  await fc.assert(
    fc.asyncProperty(rounds, async (list) => {
      directory = mkdtempSync(join(root, "run-"));
      const taken = new Map<string, number[]>();
      const refused: string[] = [];
      let plan: (typeof kinds)[number][] = [];
      const answering = async ({ body }: WireRequest): Promise<WireAnswer> => {
        const answer = plan.shift() ?? 204;
        const keys = decode(body).map(({ labels, timeMs }) => [labels["server"]!, timeMs!] as const);
        await nextTurn();
        if (answer === 204 || answer === "lost answer") {
          for (const [server, timeMs] of keys) taken.set(server, [...(taken.get(server) ?? []), timeMs]);
        } else if (answer === 400 || answer === 413) refused.push(...keys.map((key) => key.join()));
        if (answer === "lost answer") throw new TransportError("network", "reset");
        if (answer instanceof Error) throw answer;
        return { status: answer, retryAfter: undefined, location: undefined, text: "" };
      };
      const counts = { sent: 0, refused: 0, dropped: 0 };
      const addCounts = (): void => {
        const status = writer!.status();
        for (const key of ["sent", "refused", "dropped"] as const) counts[key] += status[key];
      };
      writer = await open({ transport: answering });
      for (const [at, { answers, restarts }] of list.entries()) {
        plan = [...answers];
        await writer.write(many(30, at));
        if (!restarts) continue;
        await writer.stop();
        addCounts();
        writer = await open({ transport: answering });
      }
      await drained();
      addCounts();
      await writer.stop();
      const all = list.flatMap((_, at) => Array.from({ length: 30 }, (_, server) => `s${server},${at}`));
      const found = new Set([...taken].flatMap(([server, times]) => times.map((timeMs) => `${server},${timeMs}`)));
      expect(all.filter((key) => !found.has(key) && !refused.includes(key))).toEqual([]);
      for (const times of taken.values()) expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(counts).toEqual({ sent: all.length - refused.length, refused: refused.length, dropped: 0 });
    }),
    { numRuns: 30 },
  );
});

test("what was not sent is sent after a restart, once and in order", async () => {
  answers = Array(1e6).fill(500);
  writer = await open();
  for (const timestampMs of [1, 2]) await writer.write(many(3000, timestampMs));
  await writer.stop();
  [answers, sent] = [[], []];
  writer = await open();
  await writer.write(many(3000, 3));
  await drained();
  const times = new Map<string, number[]>();
  for (const { labels, timeMs } of sent.flatMap(({ body }) => decode(body))) {
    times.set(labels["server"]!, [...(times.get(labels["server"]!) ?? []), timeMs!]);
  }
  expect(times.size).toBe(3000);
  expect([...times.values()].every((list) => list.join() === "1,2,3")).toBe(true);
});
