// The system's Chromium.
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Path of the browser; undefined when there is none, and then tests of the page are skipped. */
export const CHROMIUM = [process.env["FOREWARN_CHROMIUM"], ...PLACES].find(
  (path) => path !== undefined && existsSync(path),
);

/** Starts the browser. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM!, args: ["--no-sandbox"] });
}
