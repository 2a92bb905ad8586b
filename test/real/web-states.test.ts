// The states of the page: each says what is wrong and what to do. And the worst that names can do, and the largest fleet.
import type { Browser, Page } from "playwright-core";
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

  test("hostile names are text", async () => {
    const names = HOSTILE.map((text, at) => `${text} ${at}`);
    await show((fake) => withServers(fake, names));
    await expect.poll(main).toContain(names.at(-1));
    for (const name of names) expect(await main()).toContain(name.replace(/\s+/g, " ").trim());
    for (const [at, name] of names.entries()) {
      await watched.page.goto(`${served.url}#/servers/${encodeURIComponent(name)}`);
      await expect.poll(() => watched.page.locator("h1").textContent()).toBe(names[at]);
    }
    await watched.page.goto(`${served.url}#/alerts`);
    await expectSound(watched);
  });

  test("ten thousand servers scroll without long tasks", async () => {
    await show(() => undefined, "#/", { prepare: serveMany });
    const { page } = watched;
    await expect.poll(main, { timeout: 30_000 }).toMatch(/10,000 of 10,000 servers/);
    await keepPicture(watched, "ten-thousand");
    expect(await page.locator("tbody tr").count()).toBeLessThan(80);
    await page.evaluate(
      "tasks = []; new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration))).observe({ type: 'longtask' })",
    );
    for (let turn = 0; turn < 30; turn++) {
      await page.mouse.wheel(0, 4000);
      await page.mouse.move(200 + turn * 20, 300);
    }
    await page.locator("table.list tbody a").first().focus();
    await page.keyboard.press("End");
    await expect.poll(() => page.evaluate<string>("document.activeElement.textContent")).toMatch(/server-/);
    const longest = await page.evaluate<number>("Math.max(0, ...tasks)");
    console.log(`10,000 servers: longest task while scrolling ${Math.round(longest)} ms`);
    // The target is 50 ms; a busy machine gets more.
    expect(longest).toBeLessThan(200);
  });
});

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  '"><svg onload=alert(1)>',
  "' onfocus=alert(1) autofocus='",
  "javascript:alert(1)",
  "{{constructor.constructor('alert(1)')()}}",
  "$" + "{alert(1)}",
  "</style><body onload=alert(1)>",
  "a/b?c#d&e%2e%2e",
  "..",
  "\u202egnp.exe",
  "__proto__",
];

/** Answers for ten thousand servers, which the fakes were not made for. */
async function serveMany(page: Page): Promise<void> {
  let one: Record<string, unknown> & { prediction: { breaches: { probabilities: number[] }[] } };
  await page.route("**/api/v1/servers?*", async (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    if (from === 0) one = (await (await route.fetch()).json()).items[0];
    const items = Array.from({ length: 1000 }, (_, at) => {
      const item = structuredClone(one);
      const share = 1 - (from + at) / 10_000;
      for (const breach of item.prediction.breaches) breach.probabilities.fill(share);
      return { ...item, server: `server-${String(from + at).padStart(5, "0")}` };
    });
    await route.fulfill({ json: { items, nextCursor: from === 9000 ? null : String(from + 1000) } });
  });
}
