// Takes the pictures of README.md from the demo as it runs: it trains its model, then a story goes on, and when something
// is predicted and something has come, the page is photographed.
//   npm run build && npx tsx scripts/screenshots.ts [--out docs/screenshots] [--url http://127.0.0.1:8000]
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { startBrowser } from "../test/support/chromium.ts";

const { values: flags } = parseArgs({
  options: {
    out: { type: "string", default: "docs/screenshots" },
    /** Of a demo that runs already, with its story well under way. */
    url: { type: "string" },
  },
});
const DEMO = ["demo", "--stay", "--port", "0", "--speed", "120", "--scenario", "critical"];
/** How long the story may take until it is worth a picture. */
const LONGEST_MS = 10 * 60_000;

interface Shot {
  name: string;
  place: (risky: string) => string;
  size: readonly [number, number];
  look: "light" | "dark";
  /** What is there when the place is fully shown. */
  proof: string;
}

const SHOTS: readonly Shot[] = [
  { name: "fleet", place: () => "", size: [1366, 768], look: "light", proof: "table.list .spark path" },
  {
    name: "server",
    place: (risky) => `servers/${encodeURIComponent(risky)}`,
    size: [1366, 900],
    look: "dark",
    proof: ".fan canvas",
  },
];

/** Starts the demo. @returns Its address, once the page is served. */
async function startDemo(directory: string): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ["dist/cli/main.js", ...DEMO, "--out", directory]);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text: Buffer) => {
      said += text;
      process.stderr.write(text);
    });
  }
  for (;;) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
    if (url !== undefined) return { url, child };
    if (child.exitCode !== null) throw new Error(`demo: Expected an address, got exit code ${child.exitCode}`);
    await sleep(200);
  }
}

interface Alert {
  server: string;
  phase: string;
}

/** Waits until an alert has come true and another is predicted. @returns A server that is at risk now. */
async function worthAPicture(url: string): Promise<string> {
  const read = async <T>(path: string) => (await (await fetch(`${url}/api/v1/${path}`)).json()) as { items: T[] };
  const deadlineMs = Date.now() + LONGEST_MS;
  for (;;) {
    const alerts = (await read<Alert>("alerts?limit=1000").catch(() => null))?.items ?? [];
    const predicted = alerts.filter(({ phase }) => phase === "predicted");
    const isConfirmed = alerts.some(({ phase }) => phase === "confirmed");
    if (predicted.length > 0 && (isConfirmed || Date.now() > deadlineMs - LONGEST_MS / 2)) return predicted[0]!.server;
    if (Date.now() > deadlineMs) throw new Error("story: Expected a prediction within ten minutes, got none");
    await sleep(1000);
  }
}

async function photograph(browser: Browser, url: string, shot: Shot, risky: string): Promise<void> {
  const [width, height] = shot.size;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: shot.look,
    reducedMotion: "reduce",
  });
  const page: Page = await context.newPage();
  await page.goto(`${url}/#/${shot.place(risky)}`);
  await page.waitForSelector(shot.proof, { state: "attached" });
  await page.locator(".loading").waitFor({ state: "detached" });
  await sleep(1000);
  await page.screenshot({ path: join(flags.out, `${shot.name}.png`) });
  await context.close();
}

mkdirSync(flags.out, { recursive: true });
const directory = mkdtempSync(join(tmpdir(), "forewarn-screens-"));
const demo = flags.url === undefined ? await startDemo(directory) : { url: flags.url, child: null };
const browser = await startBrowser();
try {
  const risky = await worthAPicture(demo.url);
  for (const shot of SHOTS) await photograph(browser, demo.url, shot, risky);
  process.stderr.write(`${SHOTS.length} pictures in ${flags.out}\n`);
} finally {
  await browser.close();
  if (demo.child?.kill("SIGINT")) await once(demo.child, "exit");
  rmSync(directory, { recursive: true, force: true });
}
