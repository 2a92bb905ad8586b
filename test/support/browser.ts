// The system's Chromium, and what every look at the page must come out without: errors, foreign requests, barriers.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { CHROMIUM } from "./chromium.ts";

export { CHROMIUM, startBrowser } from "./chromium.ts";

if (CHROMIUM === undefined)
  console.warn("tests of the page are skipped: Expected Chromium or FOREWARN_CHROMIUM, got none");

/** Phone, laptop, wall screen. */
export const SIZES = [
  [360, 740],
  [1366, 768],
  [3840, 2160],
] as const;
export const THEMES = ["light", "dark", "contrast"] as const;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A page with what went wrong on it so far. */
export interface WatchedPage {
  page: Page;
  /** Errors on the console, uncaught errors, dialogs, requests to other hosts, violations of the content policy. */
  faults: string[];
  close(): Promise<void>;
}

/** How a page is opened. */
export interface Look {
  size?: readonly [number, number];
  /** Light and dark are what the system prefers, high contrast is what was chosen. */
  theme?: (typeof THEMES)[number];
  /** Called before the page is loaded. */
  prepare?: (page: Page) => Promise<void>;
}

/** Opens a place of the page. */
export async function openPage(
  browser: Browser,
  url: string,
  { size = SIZES[1], theme = "light", prepare = async () => undefined }: Look = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    ...{
      viewport: { width: size[0], height: size[1] },
      colorScheme: theme === "light" ? theme : ("dark" as const),
      reducedMotion: "reduce" as const,
    },
    timezoneId: "Europe/Berlin",
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    // An answer that is no success is one of the states that the page is there to explain.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("dialog", (dialog) => {
    faults.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (new URL(request.url()).hostname !== "127.0.0.1") faults.push(`request to ${request.url()}`);
  });
  await page.addInitScript(REPORT_POLICY);
  if (theme === "contrast")
    await page.addInitScript(`if (self === top) localStorage.setItem("forewarn-theme", "contrast")`);
  await prepare(page);
  await page.goto(url);
  await page.waitForSelector("main > :not(.loading)");
  return { page, faults, close: () => context.close() };
}

/** Makes every violation of the content security policy an error on the console, which is a fault. */
const REPORT_POLICY = `addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile }) =>
  console.error("content policy:", effectiveDirective, blockedURI, sourceFile));`;

/** Elements that reach beyond a screen that scrolls sideways. */
const TOO_WIDE = `document.documentElement.scrollWidth <= innerWidth ? [] : ["the page", ...document.querySelectorAll("body *")]
  .filter((element) => element === "the page" || element.getBoundingClientRect().right > innerWidth)
  .map((element) => element.outerHTML?.slice(0, 200) ?? element)`;

/** What moves although the viewer asked for less motion, as every page of these tests does. */
const MOTION = `document.getAnimations().filter(({ effect }) => effect.getTiming().duration > 0).map(({ effect }) =>
  effect.target.outerHTML.slice(0, 200))`;

/** Expects no fault, nothing wider than the screen, nothing that moves, and no finding of axe (WCAG 2.2 AA). */
export async function expectSound({ page, faults }: WatchedPage): Promise<void> {
  expect(faults).toEqual([]);
  expect(await page.evaluate<string[]>(MOTION)).toEqual([]);
  expect(await page.evaluate<string[]>(TOO_WIDE)).toEqual([]);
  await page.evaluate(axe);
  const findings = await page.evaluate(async () => {
    const { violations } = await (
      globalThis as unknown as { axe: { run(): Promise<{ violations: Finding[] }> } }
    ).axe.run();
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html }) => html)
          .join(" ")
          .slice(0, 300)}`,
    );
  });
  expect(findings).toEqual([]);
}

interface Finding {
  id: string;
  nodes: { html: string }[];
}

/** Keeps a picture when FOREWARN_SCREENS names a directory for them. */
export async function keepPicture({ page }: WatchedPage, name: string): Promise<void> {
  const directory = process.env["FOREWARN_SCREENS"];
  if (directory === undefined) return;
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`) });
}
