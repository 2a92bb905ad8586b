// Models are changed, rolled back and reloaded while clients read: no read fails, and no answer mixes two models. Bad
// directories are refused with a reason, and the old model serves on. FOREWARN_LONG=1 changes more often.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRng } from "../../src/base/index.ts";
import { writeFastModel } from "../helpers/fast-model.ts";
import { BAD_MODELS, writeBadModel } from "../support/bad-models.ts";
import {
  type DaemonHome,
  FAST_MODEL,
  makeDaemonHome,
  type ServedDaemon,
  serve,
  untilMetric,
} from "../support/daemon-process.ts";
import { type LiveFeed, startFeed } from "../support/live-feed.ts";

const isLong = process.env["FOREWARN_LONG"] === "1";
const CHANGES = isLong ? 200 : 30;
const BAD = isLong ? 100 : 40;
const SERVERS = 20;
const READERS = 3;
/** Room for garbage that is not collected yet; two loaded models of this size are far below. */
const MOST_GROWTH_BYTES = 96 << 20;
const OTHER_MODEL = "tft_20261123_130000";

let home: DaemonHome;
let daemon: ServedDaemon;
let feed: LiveFeed;

beforeAll(async () => {
  home = await makeDaemonHome();
  await writeFastModel(home.models, OTHER_MODEL, { createdAt: "2026-11-23T11:00:00.000Z" });
  daemon = await serve(home);
  feed = await startFeed(() => daemon.url, SERVERS);
  await untilMetric(daemon, "forewarn_servers_forecast", SERVERS);
});
afterAll(async () => {
  await feed?.stop();
  await daemon?.kill();
  home.remove();
});

const change = (path: string): Promise<Response> => fetch(`${daemon.url}${path}`, { method: "POST" });
const activate = (modelId: string): Promise<Response> => change(`/api/v1/models/${modelId}/activate`);
const states = async (): Promise<{ modelId: string; state: string; reason: string | null }[]> =>
  (await daemon.get<{ items: { modelId: string; state: string; reason: string | null }[] }>("/api/v1/models")).items;
const servingId = async (): Promise<string | undefined> =>
  (await states()).find(({ state }) => state === "serving")?.modelId;

interface Answer {
  modelId: string;
  forecastId: string;
  issuedAt: string;
}

/** Reads until it is stopped, and notes what must not be. */
async function read(signal: AbortSignal, faults: string[]): Promise<{ reads: number; models: Set<string> }> {
  let reads = 0;
  const models = new Set<string>();
  while (!signal.aborted) {
    const path = reads % 2 === 0 ? "/api/v1/forecasts?limit=1000" : `/api/v1/servers/live-${reads % SERVERS}/forecast`;
    const answer = await daemon.get<Answer & { items?: Answer[] }>(path).catch(String);
    reads++;
    if (typeof answer === "string") {
      faults.push(`${path}: ${answer}`);
      continue;
    }
    const all = answer.items ?? [answer];
    const ids = new Set(all.map(({ modelId }) => modelId));
    for (const id of ids) models.add(id);
    const isWhole = answer.items === undefined || all.length === SERVERS;
    const isOwn = all.every(({ modelId, forecastId }) => forecastId.startsWith(`${modelId}/`));
    if (ids.size !== 1 || !isWhole || !isOwn) faults.push(`${path}: ${all.length} of ${[...ids].join(", ")}`);
  }
  return { reads, models };
}

test(`${CHANGES} changes of the model under load`, { timeout: 120_000 + CHANGES * 4000 }, async () => {
  const stop = new AbortController();
  const faults: string[] = [];
  const readers = Array.from({ length: READERS }, () => read(stop.signal, faults));
  const resident: number[] = [];
  const tookMs: number[] = [];
  let newest = FAST_MODEL;
  for (let i = 0; i < CHANGES; i++) {
    const beganMs = performance.now();
    if (i % 10 === 9) {
      // A newer model appears, and is found.
      const previous = newest;
      newest = `tft_20261124_${String(100_000 + i)}`;
      await writeFastModel(home.models, newest, { createdAt: new Date(Date.UTC(2026, 10, 24, 0, i)).toISOString() });
      if (i % 20 === 9) daemon.child.kill("SIGHUP");
      else expect((await change("/-/reload")).status).toBeLessThan(300);
      await expect.poll(servingId, { timeout: 15_000 }).toBe(newest);
      if (previous !== FAST_MODEL) rmSync(join(home.models, previous), { recursive: true });
    } else if (i % 3 === 2) expect((await change("/api/v1/models/rollback")).status).toBe(200);
    else {
      const next = (await servingId()) === FAST_MODEL ? OTHER_MODEL : FAST_MODEL;
      expect(await (await activate(next)).json()).toMatchObject({ modelId: next, state: "serving" });
    }
    tookMs.push(performance.now() - beganMs);
    // Some changes come between two ticks, and some while one is made.
    await sleep((i % 4) * 150);
    resident.push(await daemon.metric("forewarn_process_resident_bytes"));
  }
  await sleep(1500);
  stop.abort();
  const results = await Promise.all(readers);
  expect(faults).toEqual([]);
  expect(new Set(results.flatMap(({ models }) => [...models])).size).toBeGreaterThan(2);
  expect(await daemon.metric("forewarn_forecast_batch_errors_total")).toBeNaN();
  const early = Math.max(...resident.slice(0, 10));
  const late = Math.min(...resident.slice(-5));
  const megabytes = [early, late].map((bytes) => Math.round(bytes / 2 ** 20)).join(" -> ");
  const reads = results.reduce((sum, one) => sum + one.reads, 0);
  console.log(
    `${CHANGES} changes, ${reads} reads, 0 failed, 0 mixed; a change took at most ${Math.round(Math.max(...tookMs))} ms; memory ${megabytes} MiB`,
  );
  expect(late - early).toBeLessThan(MOST_GROWTH_BYTES);
});

test(`${BAD} bad directories are refused, and the old model serves on`, { timeout: 60_000 + BAD * 4000 }, async () => {
  const rng = createRng(Number(process.env["FOREWARN_SEED"] ?? 1));
  const stop = new AbortController();
  const faults: string[] = [];
  const reader = read(stop.signal, faults);
  const serving = await servingId();
  const codes = new Map<string, Set<string>>();
  for (let i = 0; i < BAD; i++) {
    const kind = BAD_MODELS[i % BAD_MODELS.length]!;
    const modelId = `bad_${i}`;
    await writeBadModel(home.models, modelId, kind, rng);
    const response = await activate(modelId);
    const problem = (await response.json()) as { code: string; detail: string };
    expect([kind, response.status]).toEqual([
      kind,
      expect.toSatisfy((status: number) => status >= 400 && status < 500),
    ]);
    expect(problem.detail.length).toBeGreaterThan(10);
    codes.set(kind, (codes.get(kind) ?? new Set()).add(problem.code));
    // It claims to be the newest; a reload must not take it either.
    if (i % 5 === 0) await change("/-/reload");
    expect(await servingId()).toBe(serving);
    const entry = (await states()).find((one) => one.modelId === modelId);
    expect([kind, entry?.state]).toEqual([kind, "refused"]);
    expect(entry?.reason).toMatch(/Expected|not/);
    expect(JSON.stringify([problem, entry])).not.toContain(home.root);
    rmSync(join(home.models, modelId), { recursive: true });
  }
  stop.abort();
  await reader;
  expect(faults).toEqual([]);
  console.log(`${BAD} bad directories refused:`, [...codes].map(([kind, set]) => `${kind} ${[...set]}`).join("; "));
});
