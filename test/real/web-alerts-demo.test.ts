// The editor of alert rules, the demo's strip and the report of a model, before a daemon that is made up; and the editor
// before the real one, where what it says is what `forewarn rules test` says.
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseContract } from "../../src/contract/index.ts";
import { configSchema, type Daemon, listenHttp, replayStored, startDaemon } from "../../src/daemon/index.ts";
import { createStoryteller, planLive } from "../../src/simulate/index.ts";
import { rowBatch } from "../../src/store/index.ts";
import { createFakeWorld } from "../helpers/fake-world.ts";
import { sampleReport } from "../helpers/sample-report.ts";
import { FIXTURE_MODEL } from "../helpers/written-fleet.ts";
import {
  CHROMIUM,
  expectSound,
  keepPicture,
  openPage,
  SIZES,
  startBrowser,
  THEMES,
  type WatchedPage,
} from "../support/browser.ts";
import { type FakeServices, NOW_MS } from "../support/fake-services.ts";
import { replayAnswer } from "../support/replayed.ts";
import { type ServedPage, servePage } from "../support/served-page.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const STEP_MS = 5 * MINUTE_MS;
const EDITOR = "#/alerts?try=cpu_high&p=40";

let browser: Browser;
let served: ServedPage;
let watched: WatchedPage;
const main = () => watched.page.locator("main").innerText();
const editor = () => watched.page.locator(".editor").innerText();

/** A story in which a quarter of a small fleet degrades, at the time of the fakes. */
function withDemo(services: FakeServices): void {
  const plan = planLive({
    servers: 14,
    intervalMs: STEP_MS,
    seed: 3,
    startMs: NOW_MS - 2 * HOUR_MS,
    scenario: "degrading",
  });
  const teller = createStoryteller(plan, "degrading");
  teller.reach(NOW_MS);
  services.demo = {
    ...{ speed: 120, usefulLeadMs: 30 * MINUTE_MS, scenarios: ["healthy", "degrading", "critical", "cascade"] },
    story: teller.told,
    tell: (scenario) => teller.tell(scenario as "healthy"),
  };
  services.daemon.demo = { speed: 120, scenario: "degrading" };
}

describe.skipIf(CHROMIUM === undefined)("the editor, the demo and the report", () => {
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await watched.close();
    await served.close();
  });
  const show = async (place: string, change: (services: FakeServices) => void = () => undefined, look = {}) => {
    served = await servePage(change);
    watched = await openPage(browser, served.url + place, look);
  };

  const looks = SIZES.flatMap((size) => THEMES.map((theme) => ({ size, theme, width: size[0] })));
  test.each(looks)("are sound at $width pixels, $theme", async ({ size, theme }) => {
    const change = (services: FakeServices) => {
      withDemo(services);
      services.backtest = JSON.parse(JSON.stringify(sampleReport()));
    };
    await show(EDITOR, change, { size, theme });
    await expect.poll(editor).toMatch(/Examples from 40 %/);
    await keepPicture(watched, `editor-${size[0]}-${theme}`);
    await expectSound(watched);
    await watched.page.goto(`${served.url}#/models`);
    await watched.page.getByRole("button", { name: "Show the report" }).click();
    await expect.poll(() => report(watched.page)).toMatch(/Backtest of/);
    await keepPicture(watched, `report-${size[0]}-${theme}`);
    await expectSound(watched);
  });

  test("the keyboard alone moves the threshold; figures follow at once and the address holds it", async () => {
    const asked: number[] = [];
    await show(EDITOR, (services) => {
      services.replay = {
        async ask(question) {
          asked.push(question.probability ?? -1);
          return replayAnswer(question, NOW_MS);
        },
      };
    });
    const { page } = watched;
    await expect.poll(editor).toMatch(/Examples from 40 %/);
    await page.getByLabel("Fires from a probability of").focus();
    const before = asked.length;
    const tookMs: number[] = [];
    for (const percent of [50, 60, 70, 80]) {
      const startMs = performance.now();
      await page.keyboard.press("ArrowRight");
      await expect.poll(editor, { interval: 5 }).toMatch(new RegExp(`From ${percent} %`));
      tookMs.push(performance.now() - startMs);
    }
    console.log(`a move of the threshold was on the screen after ${tookMs.map(Math.round).join(", ")} ms`);
    expect(Math.min(...tookMs)).toBeLessThan(300);
    expect(await page.getByLabel("Fires from a probability of").getAttribute("aria-valuetext")).toBe("80 %");
    await expect.poll(editor).toMatch(/Examples from 80 %/);
    expect(page.url()).toContain("p=80");
    // Moves in quick succession are not all asked for.
    expect(asked.slice(before).length).toBeLessThanOrEqual(4);
    await page.getByLabel("Percent").fill("12.5");
    await page.getByLabel("Percent").press("Enter");
    await expect.poll(editor).toMatch(/Examples from 13 %/);
    expect(asked.at(-1)).toBe(0.125);
    expect(parse(await page.locator(".editor pre").innerText())).toEqual({
      alerts: {
        rules: [
          {
            ...{ id: "cpu_soon", when: "breach", rule: "cpu_high", within: "8h", probability: 0.125 },
            clear: { probability: 0.075, for: "15m" },
          },
        ],
      },
    });
    await page.reload();
    await expect.poll(editor).toMatch(/Examples from 13 %/);
    await expectSound(watched);
  });

  test("too little to judge is said first, and a failure in the daemon's words", async () => {
    await show(EDITOR, (services) => {
      services.replay = {
        ask: async (question) => ({ ...replayAnswer(question, NOW_MS), tooLittle: ["only 2 incidents began"] }),
      };
    });
    await expect.poll(editor).toMatch(/Too little to judge\s+Only 2 incidents began/);
    await expectSound(watched);
    served.services.replay.ask = () => Promise.reject(new Error("fault"));
    await watched.page.getByLabel("Must hold for").selectOption("10m");
    await expect.poll(editor).toMatch(/That did not work/);
  });

  test("without a demo there are no buttons; with one they change the story", async () => {
    await show("#/");
    await expect.poll(main).toMatch(/Time to breach/);
    expect(await watched.page.getByText("Simulated story").count()).toBe(0);
    await watched.close();
    await served.close();
    await show("#/", withDemo);
    const { page } = watched;
    const strip = () => page.locator(".demo").innerText();
    await expect.poll(strip).toMatch(/Forewarn should warn within about \d+ s to be in time/);
    expect(await page.locator(".demo li").count()).toBeGreaterThan(1);
    await keepPicture(watched, "demo");
    await page.getByRole("button", { name: "healthy" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(strip).toMatch(/Nothing is planned to go wrong/);
    expect(await page.getByRole("button", { name: "healthy" }).getAttribute("aria-pressed")).toBe("true");
    await expectSound(watched);
  });

  test("with a key the report is read with it, runs nothing and keeps its style", async () => {
    let key = "";
    await show("#/models", (services) => {
      services.backtest = JSON.parse(JSON.stringify(sampleReport()));
      key = services.keys.add("viewer", ["read"]).key;
    });
    const { page } = watched;
    await page.getByLabel("API key").fill(key);
    await page.getByLabel("API key").press("Enter");
    await page.getByRole("button", { name: "Show the report" }).click();
    await expect.poll(() => report(page)).toMatch(/Backtest of/);
    const frame = page.frames()[1]!;
    expect(await frame.evaluate<string>("getComputedStyle(document.querySelector('nav ul')).display")).toBe("flex");
    expect(watched.faults).toEqual([]);
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save it" }).click();
    expect((await saved).suggestedFilename()).toBe("tft_1.html");
  });
});

describe.skipIf(CHROMIUM === undefined)("the editor before the real daemon", () => {
  const root = mkdtempSync(join(tmpdir(), "forewarn-editor-"));
  const startMs = Date.UTC(2026, 0, 10);
  const contract = parseContract(JSON.parse(readFileSync(join(FIXTURE_MODEL, "contract.json"), "utf8")), "fixture");
  const rule = { id: "cpu_soon", when: "breach", rule: "cpu_high", within: "2h", probability: 0.000001 };
  const config = configSchema.parse({
    store: { dataDir: join(root, "var") },
    models: { directory: join(root, "models") },
    alerts: { rules: [rule] },
  });
  const fake = createFakeWorld(startMs, 4);
  let daemon: Daemon;
  const send = async (timeMs: number): Promise<void> => {
    const rows = Array.from({ length: 6 }, (_, at) => ({
      server: `web-${at}`,
      timestampMs: timeMs,
      labels: { profile: "web_api" },
      metrics: { cpu_pct: at === 3 && timeMs > startMs + HOUR_MS ? 96 : 50, mem_pct: 40, disk_pct: 60 },
    }));
    await daemon.services.store.write(rowBatch(contract, rows));
  };
  beforeAll(async () => {
    cpSync(FIXTURE_MODEL, join(root, "models", "tft_20261123_120000"), { recursive: true });
    const listen = (services: Daemon["services"]) => listenHttp(services, { host: "127.0.0.1", port: 0 });
    daemon = await startDaemon({ config, version: "0.0.0", listen }, fake.world);
    for (let timeMs = startMs - 9 * HOUR_MS; timeMs < startMs; timeMs += STEP_MS) await send(timeMs);
    await fake.pass(5 * HOUR_MS, (timeMs) => send(timeMs - STEP_MS));
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await daemon?.stop();
    rmSync(root, { recursive: true });
  });

  test("says of the rule in force what `forewarn rules test` says", async () => {
    watched = await openPage(browser, `${daemon.url}/#/alerts?try=cpu_high&within=2h&p=0.01`);
    await expect.poll(editor, { timeout: 30_000 }).toMatch(/Too little to judge/);
    const { services } = daemon;
    const toMs = services.now();
    const report = await replayStored({
      ...{ config, contract, rules: services.alerts.rules(), fromMs: toMs - 86_400_000, toMs },
      seriesOf: (server, fromMs) => services.store.history(server, fromMs, toMs),
    });
    const [own] = report.rules;
    expect(own!.alerts).toBeGreaterThan(0);
    await expect.poll(editor).toMatch(/In force: cpu_soon/);
    const text = (await editor()).replace(/\s+/g, " ");
    expect(text).toContain(`${report.forecasts.toLocaleString("en")} forecasts of 6 servers`);
    const cells = await watched.page.locator(".replayed tbody tr").first().locator("td").allInnerTexts();
    expect(cells[1]).toBe(String(own!.alerts));
    await expectSound(watched);
    await watched.close();
  });
});

async function report(page: Page): Promise<string> {
  const frame = page.frames()[1];
  return frame === undefined ? "" : frame.locator("body").innerText();
}
