import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../../test/support/alerts.ts";
import { type FakeServices, fakeServices, NOW_MS } from "../../../test/support/fake-services.ts";
import { replayAnswer } from "../../../test/support/replayed.ts";
import { createApp, type ReplayQuestion } from "../index.ts";

let services: FakeServices;
let app: FastifyInstance;
const asked: ReplayQuestion[] = [];

const faults: unknown[] = [];

beforeEach(async () => {
  services = fakeServices();
  services.replay = {
    async ask(question) {
      asked.push(question);
      return replayAnswer(question, NOW_MS);
    },
  };
  app = await createApp(services, { validateResponses: true, onInternalError: (error) => void faults.push(error) });
});
afterEach(() => app.close());

const get = (query: string) => app.inject(`/api/v1/alerts/replay?${query}`);

test("asks with defaults, and answers with the curve, the rules in force and examples", async () => {
  const response = await get("rule=cpu_high&within=4h&probability=0.4");
  expect(response.statusCode, response.body).toBe(200);
  expect(asked.at(-1)).toEqual({
    ...{ rule: "cpu_high", withinMs: 4 * HOUR, forMs: 0, clearForMs: 15 * MINUTE, clearShare: 0.6 },
    ...{ spanMs: 7 * 24 * HOUR, probability: 0.4 },
  });
  const { curve, inForce, chosen, servers, tooLittle } = response.json();
  expect(servers).toEqual({ replayed: 2, known: 2 });
  expect(tooLittle).toEqual([]);
  expect(curve.map(({ probability }: { probability: number }) => probability)).toContain(0.3);
  expect(inForce).toMatchObject([{ id: "cpu_soon", probability: 0.5, scores: { late: 1 } }]);
  expect(chosen).toMatchObject({ probability: 0.4, leadMs: { p50: 96 * MINUTE } });
  expect(chosen.examples.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
    "confirmed",
    "expired",
    "missed",
  ]);
});

test("takes every setting", async () => {
  await get("rule=mem_high&within=30m&for=10m&clear=0.5&clearFor=1h&span=30d");
  expect(asked.at(-1)).toEqual({
    ...{ rule: "mem_high", withinMs: 30 * MINUTE, forMs: 10 * MINUTE, clearForMs: HOUR, clearShare: 0.5 },
    ...{ spanMs: 30 * 24 * HOUR, probability: null },
  });
});

test.each([
  "within=4h",
  "rule=cpu_high",
  "rule=cpu_high&within=soon",
  "rule=cpu_high&within=4h&probability=0",
  "rule=cpu_high&within=4h&probability=1",
  "rule=cpu_high&within=4h&clear=2",
  "rule=cpu_high&within=4h&span=31d",
  "rule=cpu_high&within=4h&more=1",
])("refuses %s", async (query) => {
  expect((await get(query)).json()).toMatchObject({ status: 400, code: "request_invalid" });
});

test("stops when the caller has gone, and that is no fault", async () => {
  let stopped: (reason: unknown) => void;
  const hasStopped = new Promise((resolve) => {
    stopped = resolve;
  });
  services.replay.ask = (_, signal) =>
    new Promise((_resolve, reject) => {
      caller.abort();
      signal.addEventListener("abort", () => {
        stopped(signal.reason.name);
        reject(signal.reason);
      });
    });
  const caller = new AbortController();
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const answer = fetch(`${url}/api/v1/alerts/replay?rule=cpu_high&within=4h`, { signal: caller.signal });
  await expect(answer).rejects.toThrow(/abort/);
  expect(await hasStopped).toBe("AbortError");
  await app.close();
  expect(faults).toEqual([]);
});
