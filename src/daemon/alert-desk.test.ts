import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withDirectory } from "../../test/helpers/tiny-model.ts";
import { alertConfigSchema, defaultAlertRules, type Post } from "../alert/index.ts";
import { fleetContract } from "../contract/index.ts";
import type { ForecastRecord } from "../evaluate/index.ts";
import { openAlertDesk } from "./alert-desk.ts";

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 5);

function forecastOf(server: string, issuedAtMs: number, probability: number) {
  const breaches = fleetContract.breachRules.map(({ id }) => ({
    rule: id,
    withinSteps: [96],
    probabilities: [id === "cpu_high" ? probability : 0],
  }));
  const record: ForecastRecord = {
    ...{ forecastId: `m/${server}/${issuedAtMs}`, modelId: "m", contractHash: "h", server, labels: {}, targets: [] },
    ...{ issuedAtMs, intervalMs: 5 * MINUTE_MS, originMs: issuedAtMs, levels: [0.5], breaches },
  };
  return { record, dataMs: issuedAtMs };
}

async function openDesk(
  directory: string,
  post: Post = async () => ({ kind: "failed", reason: "503", retryAfterMs: null }),
  destination: object = { name: "ops", kind: "webhook", url: "https://ops.example/hook", secret: "s" },
  everyMs = 5 * MINUTE_MS,
) {
  const clock = { nowMs: START_MS };
  const damage: string[] = [];
  const desk = await openAlertDesk({
    directory,
    contract: fleetContract,
    config: alertConfigSchema.parse({ destinations: [destination] }),
    rules: defaultAlertRules(fleetContract, { within: "8h" }),
    ...{ everyMs, graceMs: 15 * MINUTE_MS, usefulLeadMs: 30 * MINUTE_MS },
    ...{ externalUrl: "http://here", seed: 1 },
    post,
    now: () => clock.nowMs,
    onProblem: () => undefined,
    onDamage: (message) => void damage.push(message),
  });
  return { desk, clock, damage };
}

test("an Alertmanager is told an end that is four evaluations ahead, however rare they are", () =>
  withDirectory(async (directory) => {
    const bodies: string[] = [];
    const post: Post = async (_target, _headers, body) => {
      bodies.push(body);
      return { kind: "taken" };
    };
    const peer = { name: "am", kind: "alertmanager", url: "https://am.example" };
    const { desk } = await openDesk(directory, post, peer, 60 * MINUTE_MS);
    await desk.evaluate(START_MS, [forecastOf("a", START_MS, 0.9)]);
    await desk.deliver();
    const [[alert]] = bodies.map((body) => JSON.parse(body)) as [[{ endsAt: string }]];
    expect(alert.endsAt).toBe(new Date(START_MS + 4 * 60 * MINUTE_MS).toISOString());
    await desk.close();
  }));

test("an alert waits for its destination over a restart, and is offered again after a crash before the outbox", () =>
  withDirectory(async (directory) => {
    const { desk } = await openDesk(directory);
    const { notifications } = await desk.evaluate(START_MS, [
      forecastOf("a", START_MS, 0.9),
      forecastOf("b", START_MS, 0.1),
    ]);
    expect(notifications.map(({ labels, state }) => [labels["server"], state])).toEqual([["a", "predicted"]]);
    await desk.deliver();
    expect(desk.outbox()).toEqual({ pending: 1, oldestPendingMs: START_MS });
    await desk.close();

    const again = await openDesk(directory);
    expect(again.desk.book.alerts()).toEqual(desk.book.alerts());
    expect(again.desk.outbox().pending).toBe(1);
    await again.desk.close();

    rmSync(join(directory, "outbox.ndjson"));
    const posts: string[] = [];
    const taking: Post = async (_, __, body) => {
      posts.push(body);
      return { kind: "taken" };
    };
    const last = await openDesk(directory, taking);
    expect(last.desk.outbox().pending).toBe(1);
    await last.desk.deliver();
    expect(last.desk.outbox()).toEqual({ pending: 0, oldestPendingMs: null });
    last.clock.nowMs += 5 * MINUTE_MS;
    await last.desk.evaluate(last.clock.nowMs, [forecastOf("a", last.clock.nowMs, 0.9)]);
    await last.desk.deliver();
    expect(posts).toHaveLength(1);
    await last.desk.close();
  }));

test("a silence reaches the outbox when it is made, and ends there when it is ended", () =>
  withDirectory(async (directory) => {
    const { desk } = await openDesk(directory);
    await desk.evaluate(START_MS, [forecastOf("a", START_MS, 0.9)]);
    const quiet = { id: "1", kind: "silence", author: "ann", comment: "", fromMs: 0 } as const;
    const matchers = [{ name: "server", isEqual: true, value: "a" }];
    const pending: number[] = [];
    for (const untilMs of [START_MS + MINUTE_MS, START_MS]) {
      desk.book.setQuiet({ ...quiet, matchers, untilMs });
      await desk.save();
      pending.push(desk.outbox().pending);
    }
    expect(pending).toEqual([0, 1]);
    await desk.close();
  }));

test("a fault of the daemon itself is saved, told also when no tick could be made, and ended by the next tick", () =>
  withDirectory(async (directory) => {
    const fault = { alertname: "PredictorUnavailable", labels: {}, summary: "no model", description: "" };
    const { desk, clock } = await openDesk(directory);
    expect((await desk.report([fault])).map(({ state }) => state)).toEqual(["firing"]);
    expect(desk.outbox().pending).toBe(1);
    await desk.close();
    const after = await openDesk(directory);
    expect(after.desk.book.ownAlerts()).toMatchObject([{ startsAtMs: START_MS, isTold: true }]);
    clock.nowMs += 5 * MINUTE_MS;
    const { notifications } = await after.desk.evaluate(clock.nowMs, []);
    expect(notifications.map(({ state }) => state)).toEqual(["resolved"]);
    expect(after.desk.book.ownAlerts()).toEqual([]);
    await after.desk.close();
  }));

test("a claim outlives a change of rules; the book does not follow a clock that is set back", () =>
  withDirectory(async (directory) => {
    const { desk, clock } = await openDesk(directory);
    await desk.evaluate(START_MS, [forecastOf("a", START_MS, 0.9)]);
    const claim = desk.book.alerts().find(({ rule }) => rule === "cpu_high")!.track.claim;
    desk.setRules(defaultAlertRules(fleetContract, { within: "8h", probabilities: { cpu_high: 0.8 } }));
    expect(desk.book.alerts().find(({ rule }) => rule === "cpu_high")!.track.claim).toEqual(claim);
    clock.nowMs -= 60 * MINUTE_MS;
    await desk.evaluate(clock.nowMs, []);
    expect(desk.book.state().nowMs).toBe(START_MS);
    await desk.close();
  }));

test.each(["alerts.ndjson", "outbox.ndjson"])("a damaged %s is set aside and said to be", (name) =>
  withDirectory(async (directory) => {
    writeFileSync(join(directory, name), "{ not json\nnot at all\n");
    const { desk, damage } = await openDesk(directory);
    expect(damage).toEqual([expect.stringContaining(name)]);
    expect(readdirSync(directory)).toContain(`${name}.damaged-${START_MS}`);
    expect(desk.book.alerts()).toEqual([]);
    await desk.close();
  }),
);
