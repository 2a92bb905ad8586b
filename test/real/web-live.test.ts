// Every page before the real daemon, in all sizes and looks, and how soon a tick is on the screen.
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseContract } from "../../src/contract/index.ts";
import { configSchema, type Daemon, listenHttp, startDaemon } from "../../src/daemon/index.ts";
import { rowBatch } from "../../src/store/index.ts";
import { createFakeWorld } from "../helpers/fake-world.ts";
import { FIXTURE_MODEL } from "../helpers/written-fleet.ts";
import { CHROMIUM, expectSound, keepPicture, openPage, SIZES, startBrowser, THEMES } from "../support/browser.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const STEP_MS = 5 * MINUTE_MS;
const START_MS = Date.UTC(2026, 0, 10);
const LOOPS = 4;
const PROFILES = ["database", "web_api", "ml_compute"];

const root = mkdtempSync(join(tmpdir(), "forewarn-page-"));
const contract = parseContract(JSON.parse(readFileSync(join(FIXTURE_MODEL, "contract.json"), "utf8")), "fixture");
const config = configSchema.parse({
  store: { dataDir: join(root, "var") },
  models: { directory: join(root, "models") },
  alerts: { rules: [{ id: "cpu_soon", when: "breach", rule: "cpu_high", within: "2h", probability: 0.000001 }] },
});
const fake = createFakeWorld(START_MS, LOOPS);
let browser: Browser;
let daemon: Daemon;

async function send(timeMs: number): Promise<void> {
  const rows = Array.from({ length: 12 }, (_, at) => ({
    server: `web-${at}`,
    timestampMs: timeMs,
    labels: { profile: PROFILES[at % 3]! },
    metrics: {
      cpu_pct: at === 3 && timeMs > START_MS + HOUR_MS ? 96 : 45 + 30 * Math.sin(timeMs / HOUR_MS + at),
      mem_pct: 40 + at,
      disk_pct: 60 + at,
    },
  }));
  await daemon.services.store.write(rowBatch(contract, rows));
}
const pass = (ms: number) => fake.pass(ms, (timeMs) => send(timeMs - STEP_MS));

describe.skipIf(CHROMIUM === undefined)("the page before the real daemon", () => {
  beforeAll(async () => {
    cpSync(FIXTURE_MODEL, join(root, "models", "tft_20261123_120000"), { recursive: true });
    const address = { host: "127.0.0.1", port: 0 };
    daemon = await startDaemon(
      { config, version: "0.0.0", listen: (services) => listenHttp(services, address) },
      fake.world,
    );
    for (let timeMs = START_MS - 9 * HOUR_MS; timeMs < START_MS; timeMs += STEP_MS) await send(timeMs);
    await pass(3 * HOUR_MS);
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await daemon?.stop();
    rmSync(root, { recursive: true });
  });

  const places = ["", "servers/web-3", "alerts", "scoreboard", "models"];
  const looks = SIZES.flatMap((size) => THEMES.map((theme) => ({ size, theme, width: size[0] })));
  test.each(looks)("is sound at $width pixels, $theme", async ({ size, theme }) => {
    for (const place of places) {
      const watched = await openPage(browser, `${daemon.url}/#/${place}`, { size, theme });
      await watched.page.waitForSelector(PROOF[place]!, { state: "attached" });
      await keepPicture(watched, `${place.replace("/", "-") || "fleet"}-${size[0]}-${theme}`);
      await expectSound(watched);
      await watched.close();
    }
  });

  test("high contrast is sound", async () => {
    const watched = await openPage(browser, `${daemon.url}/#/`);
    await watched.page.getByLabel("Look").selectOption("contrast");
    await keepPicture(watched, "fleet-contrast");
    await expectSound(watched);
    await watched.close();
  });

  test("a tick is on the screen within 500 ms", async () => {
    const watched = await openPage(browser, `${daemon.url}/#/`);
    const { page } = watched;
    await page.waitForSelector("table.list tbody a");
    await page.waitForSelector(".status .live");
    const issued = () => page.locator(".status time").first().getAttribute("dateTime");
    const tookMs: number[] = [];
    let publishedMs = 0;
    const listening = daemon.services.events.subscribe({
      send: ({ type }) => {
        if (type === "forecast") publishedMs = performance.now();
        return true;
      },
      ...{ ping: () => undefined, isAllowed: () => true, end: () => undefined },
    });
    for (let tick = 0; tick < 3; tick++) {
      const before = await issued();
      await pass(STEP_MS);
      await expect.poll(issued, { interval: 10 }).not.toBe(before);
      tookMs.push(performance.now() - publishedMs);
    }
    listening.close();
    console.log(`ticks were on the screen after ${tookMs.map(Math.round).join(", ")} ms`);
    expect(Math.min(...tookMs)).toBeLessThan(500);
    await watched.close();
  });

  test("keyboard alone finds a server, opens it, and the address holds what was chosen", async () => {
    const watched = await openPage(browser, `${daemon.url}/#/`);
    const { page } = watched;
    await page.waitForSelector("table.list tbody a");
    await page.keyboard.press("/");
    await page.keyboard.type("web-1");
    await expect.poll(() => page.locator("table.list tbody a").count()).toBe(3);
    expect(page.url()).toContain("search=web-1");
    await page.reload();
    await expect.poll(() => page.locator("table.list tbody a").count()).toBe(3);
    await page.locator("table.list tbody a").first().focus();
    await page.keyboard.press("ArrowDown");
    const name = await page.evaluate<string>("document.activeElement.textContent");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("h1").textContent()).toBe(name);
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save CSV" }).click();
    expect((await saved).suggestedFilename()).toBe(`${name}.csv`);
    await expectSound(watched);
    await watched.close();
  });

  test("an alert is acknowledged and silenced", async () => {
    const watched = await openPage(browser, `${daemon.url}/#/alerts?phase=predicted`);
    const { page } = watched;
    await page
      .getByRole("button", { name: /^Act on/ })
      .first()
      .click();
    await page.getByRole("button", { name: "1 h", exact: true }).click();
    await expect.poll(() => page.locator(".events").innerText()).toMatch(/Silence of alertname = cpu_soon/);
    await page
      .getByRole("button", { name: /^Act on/ })
      .first()
      .click();
    await page.getByLabel("Note").fill("scaled up");
    await page.getByRole("button", { name: "Acknowledge" }).click();
    await expect.poll(() => page.locator("main").innerText()).toMatch(/local\s+scaled up/);
    await expectSound(watched);
    await watched.close();
  });
});

/** What is there when a place is fully shown. */
const PROOF: Record<string, string> = {
  "": "table.list .spark path",
  "servers/web-3": ".fan canvas",
  alerts: "h2",
  scoreboard: ".diagram",
  models: "table.plain-table",
};
