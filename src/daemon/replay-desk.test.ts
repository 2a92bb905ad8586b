import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alertRules, CPU_RULE, forecast, HOUR, INTERVAL } from "../../test/support/alerts.ts";
import { fleetContract } from "../contract/index.ts";
import type { ReplayQuestion } from "../server/index.ts";
import type { LiveStore, Series } from "../store/index.ts";
import { createBreather } from "./breather.ts";
import { configSchema } from "./config-schema.ts";
import { openForecastFiles } from "./forecast-files.ts";
import { createReplayDesk, type ReplayDeskOptions } from "./replay-desk.ts";
import { replayStored } from "./replay-rules.ts";

const DAY = 24 * HOUR;
const START_MS = Date.UTC(2026, 0, 5);
const TICKS = (2 * DAY) / INTERVAL;
const NOW_MS = START_MS + 2 * DAY;
const SERVERS = ["db-1", "db-2", "web-1"];
const RULES = alertRules(CPU_RULE, { ...CPU_RULE, id: "cpu_late", within: "1h", probability: 0.7, clear: undefined });

/** `db-1` is warned of and breaches every eight hours; `db-2` is warned of and never does; `web-1` breaches unwarned. */
const probabilityAt = (server: string, tick: number) => {
  const step = tick % 96;
  if (server === "db-1") return step >= 60 && step < 80 ? 0.65 : 0.05;
  return server === "db-2" && step >= 20 && step < 30 ? 0.55 : 0.02;
};
const valueAt = (server: string, tick: number) => (server !== "db-2" && tick % 96 >= 80 && tick % 96 < 90 ? 95 : 40);

const root = mkdtempSync(join(tmpdir(), "forewarn-replay-"));
const directory = join(root, "forecasts");
const asked: string[] = [];
const history = async (server: string, fromMs: number, toMs: number): Promise<Series> => {
  asked.push(server);
  const startMs = Math.ceil(fromMs / INTERVAL) * INTERVAL;
  const steps = Math.max(0, Math.floor((toMs - startMs) / INTERVAL));
  const values = fleetContract.metrics.map(({ name }) =>
    Float32Array.from({ length: steps }, (_, step) => {
      const tick = (startMs - START_MS) / INTERVAL + step;
      return name !== "cpu_pct" || tick < 0 ? 40 : valueAt(server, tick);
    }),
  );
  return { server, labels: {}, startMs, steps, values };
};
const options: ReplayDeskOptions = {
  ...{ directory, contract: fleetContract, windowMs: DAY, rules: () => RULES, now: () => NOW_MS },
  ...{ graceMs: 3 * INTERVAL, usefulLeadMs: 6 * INTERVAL },
  store: {
    servers: () => SERVERS.map((server) => ({ server })) as ReturnType<LiveStore["servers"]>,
    series: async ([server] = [], fromMs = 0, toMs = 0) => [await history(server!, fromMs, toMs)],
    history,
  },
};
const question: ReplayQuestion = {
  ...{ rule: "cpu_high", withinMs: 4 * HOUR, forMs: 2 * INTERVAL, clearForMs: 3 * INTERVAL, clearShare: 0.6 },
  ...{ spanMs: 7 * DAY, probability: 0.5 },
};
const never = new AbortController().signal;

beforeAll(async () => {
  const files = await openForecastFiles(directory);
  for (let first = 0; first < TICKS; first += 48) {
    const records = Array.from({ length: 48 }, (_, at) => first + at).flatMap((tick) => {
      const made = SERVERS.map(
        (server) => forecast(server, START_MS + tick * INTERVAL, probabilityAt(server, tick)).record,
      );
      // After a restart a tick is made again: that counts once.
      return tick % 50 === 7 ? [...made.slice(0, 1), ...made] : made;
    });
    const stored = records.map((record) => ({ record, dataMs: record.originMs - INTERVAL, withQuantiles: false }));
    await files.append(START_MS + first * INTERVAL, stored, createBreather());
  }
  await files.tidy(NOW_MS, 30 * DAY);
  files.close();
});
afterAll(() => rmSync(root, { recursive: true }));

test("tells what a threshold would have done, from what, and what is in force", async () => {
  const desk = createReplayDesk(options);
  const answer = await desk.ask(question, never);
  expect(answer).toMatchObject({
    ...{ fromMs: START_MS, toMs: NOW_MS, forecasts: 3 * TICKS, servers: { replayed: 3, known: 3 } },
    models: [{ modelId: "model-a", forecasts: 3 * TICKS }],
    withinMs: [0.5, 1, 2, 4, 8].map((hours) => hours * HOUR),
    ...{ incidents: 12, tooLittle: [], event: "cpu_pct >= 90 for 15m" },
  });
  // db-1: six that come true 90 minutes ahead; db-2: six false alarms in three server-weeks / 3.5; web-1: six are missed.
  expect(answer.chosen).toMatchObject({
    ...{ probability: 0.5, clearProbability: 0.3, alerts: 12, open: 0 },
    record: { true: 6, late: 0, false: 6, missed: 6, precision: 0.5, recall: 0.5, leadMinutes: { p50: 90 } },
  });
  expect(answer.chosen!.falsePerServerWeek).toBeCloseTo(6 / (3 * (2 / 7)), 6);
  expect(answer.chosen!.examples.map(({ server, outcome }) => `${server} ${outcome}`)).toEqual(
    expect.arrayContaining(["db-1 confirmed", "db-2 expired", "web-1 missed"]),
  );
  expect(answer.inForce.map(({ id, scores }) => [id, scores?.record.true])).toEqual([
    ["cpu_soon", 6],
    ["cpu_late", 0],
  ]);
  const strict = answer.curve.find(({ probability }) => probability === 0.6)!;
  expect(strict.record).toMatchObject({ true: 6, false: 0, missed: 6, precision: 1 });
  desk.close();
});

test("is the replay of `forewarn rules test`", async () => {
  const config = configSchema.parse({ store: { dataDir: root } });
  const seriesOf = (server: string, fromMs: number) => history(server, fromMs, NOW_MS);
  const request = { config, contract: fleetContract, rules: RULES, fromMs: START_MS, toMs: NOW_MS, seriesOf };
  const report = await replayStored(request);
  const desk = createReplayDesk({ ...options, graceMs: 900_000, usefulLeadMs: 1_800_000 });
  const { inForce } = await desk.ask(question, never);
  for (const [index, { id, scores }] of inForce.entries()) {
    const { falsePerServerWeek: _, ...own } = scores!;
    expect({ rule: id, ...own }).toEqual(report.rules[index]);
  }
  expect(report).toMatchObject({ forecasts: 3 * TICKS, servers: 3, incidents: 12, tooLittle: [] });
  desk.close();
});

test("reads stored forecasts and values once for many questions", async () => {
  const desk = createReplayDesk(options);
  await desk.ask(question, never);
  asked.length = 0;
  const next = await desk.ask({ ...question, probability: 0.4, withinMs: 8 * HOUR, clearShare: 0.5 }, never);
  expect(next.chosen).toMatchObject({ probability: 0.4, clearProbability: 0.2 });
  expect(asked).toEqual([]);
  desk.close();
});

test("refuses what cannot be asked, and stops when nobody waits any more", async () => {
  const desk = createReplayDesk(options);
  await expect(desk.ask({ ...question, rule: "nothing" }, never)).rejects.toMatchObject({ code: "request_invalid" });
  await expect(desk.ask({ ...question, withinMs: 7 * HOUR }, never)).rejects.toThrow(
    /within: .*30m, 1h, 2h, 4h, 8h.*7h/,
  );
  const gone = new AbortController();
  gone.abort();
  await expect(desk.ask(question, gone.signal)).rejects.toMatchObject({ name: "AbortError" });
  const many = Array.from({ length: 6 }, () => desk.ask(question, never).catch((error) => error.code));
  expect(await Promise.all(many)).toContain("overloaded");
  desk.close();
});

test("leaves out servers whose values are not there any more", async () => {
  const servers = options.store.servers().filter(({ server }) => server !== "db-2");
  const desk = createReplayDesk({ ...options, store: { ...options.store, servers: () => servers } });
  const { servers: counts, chosen } = await desk.ask(question, never);
  expect(counts).toEqual({ replayed: 2, known: 3 });
  expect(chosen).toMatchObject({ record: { true: 6, false: 0, missed: 6 } });
  desk.close();
});

test("says when there is too little to judge by", async () => {
  const desk = createReplayDesk(options);
  const short = await desk.ask({ ...question, spanMs: 12 * HOUR }, never);
  expect(short.tooLittle).toEqual(["the forecasts cover only 12h", "only 4 incidents began"]);
  const other = await desk.ask({ ...question, rule: "mem_high" }, never);
  expect(other).toMatchObject({
    ...{ withinMs: [], curve: [], tooLittle: ["the stored forecasts say nothing about this rule"] },
  });
  const empty = await createReplayDesk({ ...options, directory: join(root, "none") }).ask(question, never);
  expect(empty).toMatchObject({ forecasts: 0, curve: [], tooLittle: ["no forecast is stored of that time"] });
  desk.close();
});
