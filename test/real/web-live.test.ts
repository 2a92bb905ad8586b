// Every page before the real daemon, in all sizes and looks, and how soon a tick is on the screen.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Daemon } from "../../src/daemon/index.ts";
import { CHROMIUM, expectSound, keepPicture, openPage, SIZES, startBrowser, THEMES } from "../support/browser.ts";
import { type LivePage, PLACES, STEP_MS, startLivePage } from "../support/live-page.ts";

let browser: Browser;
let live: LivePage;
let daemon: Daemon;

describe.skipIf(CHROMIUM === undefined)("the page before the real daemon", () => {
  beforeAll(async () => {
    live = await startLivePage();
    daemon = live.daemon;
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await live?.stop();
  });

  const looks = SIZES.flatMap((size) => THEMES.map((theme) => ({ size, theme, width: size[0] })));
  test.each(looks)("is sound at $width pixels, $theme", async ({ size, theme }) => {
    for (const [place, proof] of Object.entries(PLACES)) {
      const watched = await openPage(browser, `${daemon.url}/#/${place}`, { size, theme });
      await watched.page.waitForSelector(proof, { state: "attached" });
      await keepPicture(watched, `${place.replace("/", "-") || "fleet"}-${size[0]}-${theme}`);
      await expectSound(watched);
      await watched.close();
    }
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
      await live.pass(STEP_MS);
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

  test.each(Object.entries(PLACES))(
    "keyboard alone reaches everything at #/%s and shows where it is",
    async (place, proof) => {
      const watched = await openPage(browser, `${daemon.url}/#/${place}`);
      const { page } = watched;
      await page.waitForSelector(proof, { state: "attached" });
      const reachable = await page.evaluate<number>(REACHABLE);
      const stops: FocusStop[] = [];
      for (let press = 0; press <= reachable + 2; press++) {
        await page.keyboard.press("Tab");
        const stop = await page.evaluate<FocusStop | null>(FOCUS_STOP);
        if (stop === null) break;
        stops.push(stop);
      }
      expect(stops[0]?.name).toBe("Skip to content");
      expect(stops.length).toBeGreaterThanOrEqual(reachable);
      expect(stops.filter(({ hasRing, isInView }) => !hasRing || !isInView)).toEqual([]);
      await watched.close();
    },
  );

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

/** Where the keyboard is. */
interface FocusStop {
  name: string;
  hasRing: boolean;
  isInView: boolean;
}
/** How many stops there are for the keyboard. */
const REACHABLE = `[...document.querySelectorAll("a[href], button:enabled, input, select, textarea, summary, [tabindex='0']")]
  .filter((element) => element.checkVisibility()).length`;
/** The present one; null when the focus has left the page. */
const FOCUS_STOP = `(() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { top, bottom, left } = element.getBoundingClientRect();
  return {
    name: element.ariaLabel || element.textContent || element.name,
    hasRing: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    isInView: bottom > 0 && top < innerHeight && left > -1,
  };
})()`;
