// Whether the page still looks as it did: boxes of its parts at three sizes and their colours in every look, beside those
// in test/golden/page/look.json. What charts show is left out. UPDATE_GOLDEN=1 writes the file anew.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, openPage, SIZES, startBrowser, THEMES } from "../support/browser.ts";
import { LIVE_NOW_MS, type LivePage, PLACES, startLivePage } from "../support/live-page.ts";
import {
  type Look,
  movedParts,
  readGolden,
  readParts,
  recolouredParts,
  textWidth,
  writeGolden,
} from "../support/page-look.ts";

const isUpdate = process.env["UPDATE_GOLDEN"] === "1";
let browser: Browser;
let live: LivePage;

/** Parts of all places in one size and look. */
async function look(size: readonly [number, number], theme: (typeof THEMES)[number]) {
  const places: Look<Awaited<ReturnType<typeof readParts>>[string]> = {};
  let width = 0;
  for (const [place, proof] of Object.entries(PLACES)) {
    // Ages are texts of some width: the browser's clock stands still at the daemon's time.
    const prepare = (page: { clock: { setFixedTime(timeMs: number): Promise<void> } }) =>
      page.clock.setFixedTime(LIVE_NOW_MS);
    const watched = await openPage(browser, `${live.daemon.url}/#/${place}`, { size, theme, prepare });
    await watched.page.waitForSelector(proof, { state: "attached" });
    await expect.poll(() => watched.page.locator(".loading").count()).toBe(0);
    places[place] = await readParts(watched.page, place);
    width = await textWidth(watched.page);
    await watched.close();
  }
  return { places, width };
}

const pick = <T, K extends keyof T>(parts: Record<string, T>, key: K): Record<string, T[K]> =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part[key]]));

describe.skipIf(CHROMIUM === undefined)("the look of the page", () => {
  const golden = { textWidth: 0, boxes: {}, colours: {} } as ReturnType<typeof readGolden>;
  beforeAll(async () => {
    if (!isUpdate) Object.assign(golden, readGolden());
    live = await startLivePage();
    browser = await startBrowser();
  });
  afterAll(async () => {
    if (isUpdate) writeGolden(golden);
    await browser?.close();
    await live?.stop();
  });

  test.each(SIZES)("no part has moved at %d by %d", async (...size) => {
    const { places, width } = await look(size, "light");
    const key = size.join("x");
    const boxes = Object.fromEntries(Object.entries(places).map(([place, parts]) => [place, pick(parts, "box")]));
    if (isUpdate) {
      golden.textWidth = width;
      golden.boxes[key] = boxes;
      return;
    }
    if (Math.abs(width - golden.textWidth) > golden.textWidth / 200) {
      console.warn(`boxes are not compared: the fonts of this machine differ (${width}, not ${golden.textWidth} wide)`);
      return;
    }
    expect(
      Object.entries(boxes).flatMap(([place, parts]) => movedParts(place, golden.boxes[key]?.[place] ?? {}, parts)),
    ).toEqual([]);
  });

  test.each(THEMES)("no part has another colour in the %s look", async (theme) => {
    const { places } = await look(SIZES[1], theme);
    const colours = Object.fromEntries(Object.entries(places).map(([place, parts]) => [place, pick(parts, "colours")]));
    if (isUpdate) golden.colours[theme] = colours;
    expect(
      Object.entries(colours).flatMap(([place, parts]) =>
        recolouredParts(place, golden.colours[theme]?.[place] ?? {}, parts),
      ),
    ).toEqual([]);
  });
});
