// The page of one server before the real daemon: why, the record, events, CSV; by keyboard, in all sizes and looks.
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Contract, parseContract } from "../../src/contract/index.ts";
import { configSchema, type Daemon, listenHttp, startDaemon } from "../../src/daemon/index.ts";
import { rowBatch } from "../../src/store/index.ts";
import type { AheadRecord, Explanation, Forecast, ServerEvent } from "../../web/data/types.ts";
import { createFakeWorld } from "../helpers/fake-world.ts";
import { FIXTURE_MODEL } from "../helpers/written-fleet.ts";
import {
  CHROMIUM,
  expectSound,
  keepPicture,
  type Look,
  openPage,
  SIZES,
  startBrowser,
  THEMES,
  type WatchedPage,
} from "../support/browser.ts";
import { servePage } from "../support/served-page.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const STEP_MS = 5 * MINUTE_MS;
const START_MS = Date.UTC(2026, 0, 10);
const LOOPS = 4;
/** Before {@link START_MS} the model reads 8 h; then the daemon runs for this long. */
const RUN_MS = 6 * HOUR_MS;
const NAME = 'db,"main"=1';

const root = mkdtempSync(join(tmpdir(), "forewarn-server-page-"));
const contract = parseContract(JSON.parse(readFileSync(join(FIXTURE_MODEL, "contract.json"), "utf8")), "fixture");
const config = configSchema.parse({
  store: { dataDir: join(root, "var") },
  models: { directory: join(root, "models") },
  alerts: {
    rules: [
      { id: "cpu_soon", when: "breach", rule: "cpu_high", within: "2h", probability: 0.000001 },
      { id: "cpu_certain", when: "breach", rule: "cpu_high", within: "2h", probability: 0.999999 },
    ],
  },
});
const fake = createFakeWorld(START_MS, LOOPS);
let browser: Browser;
let daemon: Daemon;

/** States and an incident of `db`; two others go on as ever. */
function rowsAt(timeMs: number, { state }: Contract) {
  const inIncident = timeMs >= START_MS + 3 * HOUR_MS && timeMs < START_MS + 4 * HOUR_MS;
  return [NAME, "web-1", "web-2"].map((server, at) => ({
    server,
    timestampMs: timeMs,
    labels: { profile: at === 0 ? "database" : "web_api" },
    ...(state && { state: state.values[at === 0 && inIncident ? 1 : 0]! }),
    metrics: {
      cpu_pct: at === 0 && inIncident ? 95 : 45 + 25 * Math.sin(timeMs / HOUR_MS + at),
      mem_pct: 40 + 5 * Math.cos(timeMs / (2 * HOUR_MS)),
      disk_pct: 60 + at,
    },
  }));
}
const send = (timeMs: number) => daemon.services.store.write(rowBatch(contract, rowsAt(timeMs, contract)));
const pass = (ms: number) => fake.pass(ms, async (timeMs) => void (await send(timeMs - STEP_MS)));
const place = (query = "") => `${daemon.url}/#/servers/${encodeURIComponent(NAME)}${query}`;
const read = async <T>(path: string): Promise<T> => {
  const response = await fetch(`${daemon.url}/api/v1/servers/${encodeURIComponent(NAME)}/${path}`);
  return (await response.json()) as T;
};

describe.skipIf(CHROMIUM === undefined)("the page of a server", () => {
  beforeAll(async () => {
    cpSync(FIXTURE_MODEL, join(root, "models", "tft_20261123_120000"), { recursive: true });
    const address = { host: "127.0.0.1", port: 0 };
    daemon = await startDaemon(
      { config, version: "0.0.0", listen: (services) => listenHttp(services, address) },
      fake.world,
    );
    for (let timeMs = START_MS - 9 * HOUR_MS; timeMs < START_MS; timeMs += STEP_MS) await send(timeMs);
    await pass(5 * HOUR_MS);
    const { book } = daemon.services.alerts;
    const author = "ann";
    const silence = { kind: "silence" as const, matchers: [{ name: "server", isEqual: true, value: NAME }] };
    const nowMs = fake.world.now();
    book.setQuiet({
      id: "s",
      ...silence,
      fromMs: nowMs - 2 * HOUR_MS,
      untilMs: nowMs + HOUR_MS,
      author,
      comment: "deploy",
    });
    await pass(RUN_MS - 5 * HOUR_MS);
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await daemon?.stop();
    rmSync(root, { recursive: true });
  });

  const open = async (query: string, look: Look = {}): Promise<WatchedPage> => {
    const watched = await openPage(browser, place(query), look);
    await watched.page.waitForSelector(".weights b");
    await watched.page.waitForSelector(".fan canvas");
    return watched;
  };

  test("the explanation is of the forecast that is served, and its numbers are on the page", async () => {
    const explanation = await read<Explanation>("explanation");
    expect(explanation).toMatchObject({ isExact: true, modelId: "tft_20261123_120000" });
    const forecast = await read<Forecast>("forecast");
    expect(explanation.forecastId).toBe(forecast.forecastId);
    for (const list of [explanation.past, explanation.future, explanation.static]) {
      expect(list.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 4);
    }
    for (const { past, future } of explanation.attention.horizons) {
      expect(past.reduce((sum, share) => sum + share, future)).toBeCloseTo(1, 4);
    }
    const { page, close } = await open("");
    const why = await page.locator(".why").innerText();
    expect(why).toContain("tft_20261123_120000");
    expect(why).toMatch(/of its attention goes to the past/);
    const first = explanation.past[0]!;
    expect(why).toContain(`${Math.round(first.share * 100)} %`);
    await page.getByRole("button", { name: "Hide" }).click();
    await expect.poll(() => page.locator(".why").innerText()).not.toMatch(/of its attention/);
    expect(page.url()).toContain("look=none");
    await close();
  });

  test("what was forecast before is drawn under what came, scored, and named by its model", async () => {
    const record = await read<AheadRecord>("ahead?lead=1h");
    const cpu = record.metrics.find(({ metric }) => metric === "cpu_pct")!;
    expect(cpu.scored).toBeGreaterThan(48);
    const watched = await open("");
    const { page } = watched;
    await page
      .getByRole("group", { name: /Under the line/ })
      .getByRole("button", { name: "1 h", exact: true })
      .focus();
    await page.keyboard.press("Enter");
    await expect
      .poll(() => page.locator(".fan").first().innerText())
      .toContain(`1 h ahead: ${cpu.inside} of ${cpu.scored} values inside the 80 % band`);
    expect(await page.locator("main").innerText()).toMatch(
      /Forecasts of the last 24 hours: \d+ by tft_20261123_120000/,
    );
    expect(await page.locator(".fan [role=img]").first().getAttribute("aria-label")).toMatch(
      /1 h ahead.*foot.*events/s,
    );
    await page.reload();
    await expect.poll(() => page.locator(".fan").first().innerText()).toMatch(/1 h ahead/);
    await expectSound(watched);
    await watched.close();
  });

  test("events are listed with their words and marked on the charts", async () => {
    const { items } = await read<{ items: ServerEvent[] }>("events");
    const kinds = new Set(items.map(({ kind }) => kind));
    for (const kind of ["predicted", "confirmed", "missed", "silence"]) expect(kinds, kind).toContain(kind);
    const { page, close } = await open("");
    const list = () => page.locator("section", { hasText: "What happened" }).last().innerText();
    await expect.poll(list).toMatch(/incident began, as predicted/);
    expect(await list()).toMatch(/predicted to begin before .* \(open\)/);
    expect(await list()).toMatch(/incident began without a prediction/);
    expect(await list()).toMatch(/silenced until .*: ann: deploy/);
    await close();
  });

  test("the file holds history and forecast under the server's name", async () => {
    const { page, close } = await open("");
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save CSV" }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toMatch(/^db.*\.csv$/);
    const lines = readFileSync(await file.path(), "utf8").split("\r\n");
    expect(lines[0]).toMatch(/^time,server,metric,unit,kind,value,q0\.1/);
    expect(lines.filter((line) => line.includes(",measured,")).length).toBeGreaterThan(100);
    expect(lines.filter((line) => line.includes(",forecast,"))).toHaveLength(3 * 24);
    await close();
  });

  const looks = SIZES.flatMap((size) => THEMES.map((theme) => ({ size, theme, width: size[0] })));
  test.each(looks)("is sound at $width pixels, $theme", async ({ size, theme }) => {
    const watched = await open("?lead=3600000", { size, theme });
    await watched.page.waitForSelector(".fan .under");
    await keepPicture(watched, `server-${size[0]}-${theme}`);
    await watched.page.locator(".why").scrollIntoViewIfNeeded();
    await keepPicture(watched, `server-why-${size[0]}-${theme}`);
    await watched.page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await keepPicture(watched, `server-foot-${size[0]}-${theme}`);
    await expectSound(watched);
    await watched.close();
  });

  test("a daemon that is too busy to explain says so, and shows the rest", async () => {
    const served = await servePage((services) => {
      services.explain = () => Promise.reject(new Error("hangs"));
    });
    const watched = await openPage(browser, `${served.url}#/servers/a`);
    await expect.poll(() => watched.page.locator("main").innerText()).toMatch(/not explained at present/);
    await watched.page.waitForSelector(".fan canvas");
    await expectSound(watched);
    await watched.close();
    await served.close();
  });
});
