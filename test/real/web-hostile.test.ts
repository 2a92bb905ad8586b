// Every page with every name hostile: all of it is text, nothing runs, and the content policy has nothing to report.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, expectSound, keepPicture, openPage, startBrowser, type WatchedPage } from "../support/browser.ts";
import { type HostileNames, withHostileNames } from "../support/hostile-fleet.ts";
import { type ServedPage, servePage } from "../support/served-page.ts";

let browser: Browser;
let served: ServedPage;
let watched: WatchedPage;
let names: HostileNames;

/** All that is there, folded parts included; the texts that were set by attributes, too. */
const CONTENT = `[document.body.textContent, ...[...document.querySelectorAll("[title],[aria-label],input")].map(
  (element) => [element.title, element.ariaLabel, element.value].join(" "))].join(" ")`;

async function expectShown(place: string, texts: readonly string[]): Promise<void> {
  await watched.page.goto(`${served.url}#/${place}`);
  for (const text of texts)
    await expect.poll(() => watched.page.evaluate<string>(CONTENT), { message: place }).toContain(text);
}

describe.skipIf(CHROMIUM === undefined)("hostile names", () => {
  beforeAll(async () => {
    served = await servePage((services) => {
      names = withHostileNames(services);
    });
    browser = await startBrowser();
    watched = await openPage(browser, served.url);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  test("are sixty", () => expect(new Set(names.servers).size).toBe(60));

  test("of servers are text in the list and on their pages", async () => {
    await expectShown("", [names.servers.at(-1)!, names.rules[0]!, ...names.values, names.models[0]!, names.notes[0]!]);
    for (const server of names.servers) {
      await watched.page.goto(`${served.url}#/servers/${encodeURIComponent(server)}`);
      await expect.poll(() => watched.page.locator("h1").textContent()).toBe(server);
      // Browsers trim titles by the white space of HTML alone.
      await expect.poll(() => watched.page.title()).toBe(`${server.replace(/[\t\n\f\r ]+/g, " ")} - Forewarn`);
    }
    await expectSound(watched);
  });

  test.each([
    ["servers/SERVER", () => [...names.metrics, ...names.rules, ...names.labels]],
    ["alerts", () => [...names.notes, names.servers[0]!, names.servers.at(-1)!]],
    ["scoreboard", () => [...names.metrics, ...names.rules]],
    ["models", () => [...names.models, ...names.metrics, ...names.units]],
  ] as const)("are text at %s", async (place, texts) => {
    await expectShown(place.replace("SERVER", encodeURIComponent(names.servers.at(-1)!)), texts());
    await watched.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    await keepPicture(watched, `hostile-${place.split("/")[0]}`);
    await expectSound(watched);
  });
});
