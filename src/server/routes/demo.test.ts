import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forecast, HOUR, INTERVAL, MINUTE } from "../../../test/support/alerts.ts";
import { type FakeServices, fakeServices, NOW_MS } from "../../../test/support/fake-services.ts";
import { createApp } from "../index.ts";

let services: FakeServices;
let app: FastifyInstance;
const told: string[] = [];
const incident = {
  ...{ server: "db-1", rule: "cpu_high", sign: "a queue is growing", cause: "poisoned messages", isForeseeable: true },
  ...{ course: "breaches" as const, startMs: NOW_MS, peakMs: NOW_MS + 2 * HOUR, endMs: NOW_MS + 3 * HOUR },
};

beforeEach(async () => {
  services = fakeServices();
  services.demo = {
    ...{ speed: 60, usefulLeadMs: 30 * MINUTE, scenarios: ["healthy", "critical"] },
    story: () => ({ scenario: "critical", startMs: NOW_MS, endMs: NOW_MS + 5 * HOUR, incidents: [incident] }),
    tell(scenario) {
      told.push(scenario);
      return this.story();
    },
  };
  app = await createApp(services, { validateResponses: true });
});
afterEach(() => app.close());

const read = async () => (await app.inject("/api/v1/demo")).json();
const iso = (timeMs: number) => new Date(timeMs).toISOString();

/** Takes ticks of the alert book until a time; `onsetMs` is when the incident began. */
function tickUntil(untilMs: number, probability: number, onsetMs: number | null = null): void {
  const { book, clock } = services;
  for (let nowMs = clock.nowMs + INTERVAL; nowMs <= untilMs; nowMs += INTERVAL) {
    const isKnown = onsetMs !== null && nowMs >= onsetMs + 15 * MINUTE;
    book.tick({
      nowMs,
      forecasts: [forecast("db-1", nowMs, probability)],
      incidents: isKnown ? [{ server: "db-1", event: "cpu_high", onsetMs, endMs: null }] : [],
    });
    clock.nowMs = nowMs;
  }
}

test("tells the story step by step as the alerts follow it", async () => {
  const before = await read();
  expect(before).toMatchObject({
    ...{ speed: 60, scenario: "critical", scenarios: ["healthy", "critical"], now: iso(NOW_MS) },
    counts: { confirmed: 0, expired: 0, missed: 0 },
  });
  expect(before.incidents[0]).toMatchObject({
    ...{ server: "db-1", predictedAt: null, outcome: null, predictBy: iso(NOW_MS + 1.5 * HOUR) },
  });
  tickUntil(NOW_MS + 20 * MINUTE, 0.1);
  tickUntil(NOW_MS + HOUR, 0.9);
  const predictedAt = iso(NOW_MS + 35 * MINUTE);
  expect((await read()).incidents[0]).toMatchObject({ predictedAt, outcome: null, beganAt: null });
  const onsetMs = NOW_MS + 110 * MINUTE;
  tickUntil(NOW_MS + 130 * MINUTE, 0.9, onsetMs);
  const after = await read();
  expect(after.incidents[0]).toMatchObject({
    ...{ predictedAt, outcome: "confirmed", beganAt: iso(onsetMs), leadMs: 75 * MINUTE },
  });
  expect(after.counts).toEqual({ confirmed: 1, expired: 0, missed: 0 });
});

test("a button begins another story; without a demo there is none", async () => {
  const post = (payload: object) => app.inject({ method: "POST", url: "/api/v1/demo/scenario", payload });
  const pressed = await post({ scenario: "healthy" });
  expect(pressed.statusCode, pressed.body).toBe(200);
  expect(told).toEqual(["healthy"]);
  expect((await post({})).statusCode).toBe(400);
  services.demo = null;
  expect((await post({ scenario: "healthy" })).json()).toMatchObject({ status: 404, code: "not_found" });
  expect((await app.inject("/api/v1/demo")).statusCode).toBe(404);
});

test("with keys only admins change the story", async () => {
  const { key } = services.keys.add("viewer", ["read"]);
  const headers = { authorization: `Bearer ${key}` };
  expect((await app.inject({ url: "/api/v1/demo", headers })).statusCode).toBe(200);
  const payload = { scenario: "healthy" };
  const pressed = await app.inject({ method: "POST", url: "/api/v1/demo/scenario", payload, headers });
  expect(pressed.json()).toMatchObject({ status: 403, code: "forbidden" });
});
