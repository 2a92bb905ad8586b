// The states of the page: each says what is wrong and what to do. And the largest fleet.
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  CHROMIUM,
  expectSound,
  keepPicture,
  type Look,
  openPage,
  startBrowser,
  type WatchedPage,
} from "../support/browser.ts";
import type { FakeServices } from "../support/fake-services.ts";
import { withLargeFleet } from "../support/large-fleet.ts";
import { traceMainThread } from "../support/main-thread.ts";
import { type ServedPage, servePage, withServers } from "../support/served-page.ts";

let browser: Browser;
let served: ServedPage;
let watched: WatchedPage;

const show = async (change: (services: FakeServices) => void, place = "#/", look: Look = {}): Promise<void> => {
  served = await servePage(change);
  watched = await openPage(browser, served.url + place, look);
};
const main = () => watched.page.locator("main").innerText();

describe.skipIf(CHROMIUM === undefined)("the states of the page", () => {
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await watched.close();
    await served.close();
  });

  const states: [name: string, change: (services: FakeServices) => void, said: RegExp[]][] = [
    [
      "no-model",
      (fake) => Object.assign(fake, { model: null }),
      [/No model serves/, /no model directory/, /forewarn train/],
    ],
    [
      "empty",
      (fake) => Object.assign(fake, { stored: [], refusals: [] }),
      [/No server has sent anything/, /forewarn push/],
    ],
    ["warming-up", (fake) => fake.served.clear(), [/Warming up/, /reads 288 steps/, /has 1\b/]],
    [
      "stale",
      (fake) => {
        fake.served.clear();
        fake.refusals = [{ server: "a", code: "stale_input", message: "too old", historySteps: null }];
      },
      [/The data is stale/, /sender runs/],
    ],
  ];
  test.each(states)("%s says what to do", async (name, change, said) => {
    await show(change);
    for (const words of said) await expect.poll(main).toMatch(words);
    if (name === "no-model") expect(await main()).not.toMatch(/\d %/);
    await keepPicture(watched, `state-${name}`);
    await expectSound(watched);
  });

  test("a server without a forecast says why, and one that is unknown, too", async () => {
    await show(() => undefined, "#/servers/c");
    await expect.poll(main).toMatch(/Warming up[\s\S]*too short/);
    await watched.page.goto(`${served.url}#/servers/nobody`);
    await expect.poll(main).toMatch(/Unknown server/);
    await expectSound(watched);
  });

  test("a key is asked for, a wrong one is refused, and the right one opens the page for this tab only", async () => {
    let key = "";
    await show((fake) => {
      key = fake.keys.add("viewer", ["read"]).key;
    });
    await expect.poll(main).toMatch(/wants a key[\s\S]*forewarn keys add/);
    await keepPicture(watched, "state-key");
    await expectSound(watched);
    await watched.page.getByLabel("API key").fill("wrong");
    await watched.page.getByLabel("API key").press("Enter");
    await expect.poll(main).toMatch(/not valid/);
    await watched.page.getByLabel("API key").fill(key);
    await watched.page.getByLabel("API key").press("Enter");
    await expect.poll(main).toMatch(/Time to breach/);
    const kept = await watched.page.evaluate("[Object.keys(localStorage), { ...sessionStorage }]");
    expect(kept).toEqual([["forewarn-theme"], { "forewarn-key": key }]);
  });

  test("a lost connection is told at once, and the page goes on by itself", async () => {
    await show(() => undefined);
    const status = () => watched.page.locator(".status").innerText();
    await expect.poll(status).toMatch(/Live/);
    const port = Number(new URL(served.url).port);
    await served.close();
    await expect.poll(status).toMatch(/Connection lost/);
    await expectSound(watched);
    served = await servePage((fake) => withServers(fake, ["back-again"]), port);
    await expect.poll(status, { timeout: 20_000 }).toMatch(/Live/);
    await expect.poll(main, { timeout: 20_000 }).toMatch(/back-again/);
  });

  test("ten thousand servers scroll, answer the mouse and tick without long tasks", async () => {
    let tick = () => {};
    await show((fake) => {
      tick = withLargeFleet(fake, 10_000);
    });
    const { page } = watched;
    await expect.poll(main, { timeout: 30_000 }).toMatch(/10,000 of 10,000 servers/);
    await keepPicture(watched, "ten-thousand");
    expect(await page.locator("tbody tr").count()).toBeLessThan(80);
    const issued = () => page.locator(".status time").first().getAttribute("dateTime");
    const { longestMs, longestCpuMs } = await traceMainThread(browser, page, async () => {
      for (let turn = 0; turn < 30; turn++) {
        await page.mouse.move(200 + turn * 20, 300);
        await page.mouse.wheel(0, 4000);
      }
      for (let turn = 0; turn < 3; turn++) {
        const before = await issued();
        tick();
        await expect.poll(issued, { interval: 20, timeout: 10_000 }).not.toBe(before);
      }
    });
    await page.locator("table.list tbody a").first().focus();
    await page.keyboard.press("End");
    await expect.poll(() => page.evaluate<string>("document.activeElement.textContent")).toMatch(/server-/);
    console.log(`10,000 servers: longest task ${longestCpuMs} ms of processor time, ${longestMs} ms by the wall clock`);
    expect(longestCpuMs).toBeLessThan(50);
  });
});
