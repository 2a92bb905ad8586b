// Figures of the page in a real browser before a daemon that is made up: size, first paint, ticks, long tasks, memory.
//   tsx bench/page.bench.ts [--servers 10000] [--ticks 1000] [--out bench/results/page-DATE.json]
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import type { Browser, CDPSession, Page } from "playwright-core";
import buildPage from "../test/support/build-page.ts";
import { startBrowser } from "../test/support/chromium.ts";
import { withLargeFleet } from "../test/support/large-fleet.ts";
import { traceMainThread } from "../test/support/main-thread.ts";
import { servePage } from "../test/support/served-page.ts";
import { latenciesOf, rounded } from "./latencies.ts";

const { values: flags } = parseArgs({
  options: {
    servers: { type: "string", default: "10000" },
    ticks: { type: "string", default: "1000" },
    out: { type: "string" },
  },
});
const SOME_SERVERS = 1000;
const MANY_SERVERS = Number(flags.servers);
const LAPTOP = { width: 1366, height: 768 };
const PAINTS = 5;
const SHOWN_TICKS = 20;

/** Gzip size of all files that a browser loads. */
function sizes(): Record<string, number> {
  const files = readdirSync("dist/web", { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(js|css|html|svg)$/.test(name),
  );
  const bytes = files.map((name) => gzipSync(readFileSync(join("dist/web", name)), { level: 6 }).length);
  return { files: files.length, gzipBytes: bytes.reduce((a, b) => a + b, 0) };
}

/** Notes when the list and the map are on the screen, and when each tick is. */
const WATCH = `
  window.seen = { firstMs: null, ticks: [] };
  new MutationObserver(() => {
    const time = document.querySelector(".status time")?.dateTime;
    if (!time || !document.querySelector("table.list tbody a") || seen.pending === time) return;
    seen.pending = time;
    requestAnimationFrame(() => setTimeout(() => {
      seen.firstMs ??= performance.now();
      seen.ticks.push([time, Date.now()]);
    }));
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["datetime"] });`;

interface Seen {
  firstMs: number | null;
  ticks: [issuedAt: string, atMs: number][];
}

async function open(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: LAPTOP });
  const page = await context.newPage();
  await page.addInitScript(WATCH);
  await page.goto(url);
  await until(page, "window.seen.firstMs !== null");
  return page;
}

/** Waits in the page; waitForFunction would have to be evaluated as text, which the page's policy forbids. */
async function until(page: Page, condition: string): Promise<void> {
  await page.evaluate(`new Promise((done) => {
    const look = () => (${condition}) ? done(null) : setTimeout(look, 5);
    look();
  })`);
}

const seenBy = (page: Page) => page.evaluate<Seen>("window.seen");

/** From the start of the navigation to the list with its probabilities, each in a browser that has nothing cached. */
async function firstPaint(browser: Browser, servers: number) {
  const served = await servePage((services) => void withLargeFleet(services, servers));
  const times: number[] = [];
  for (let i = 0; i < PAINTS; i++) {
    const page = await open(browser, served.url);
    times.push((await seenBy(page)).firstMs!);
    await page.context().close();
  }
  await served.close();
  const { p50Ms, maxMs } = latenciesOf(times);
  return { servers, p50Ms, maxMs };
}

/** Ticks, scrolling and hovering before a large fleet. */
async function largeFleet(browser: Browser) {
  let tick = () => {};
  const served = await servePage((services) => {
    tick = withLargeFleet(services, MANY_SERVERS);
  });
  const page = await open(browser, served.url);
  await sleep(2000);
  const scrolling = await traceMainThread(browser, page, async () => {
    for (let turn = 0; turn < 40; turn++) {
      await page.mouse.wheel(0, 2500);
      await sleep(50);
    }
    for (let turn = 0; turn < 5; turn++) await page.keyboard.press(turn % 2 ? "Home" : "End");
  });
  await page.evaluate("scrollTo(0, 0)");
  await sleep(500);
  const box = (await page.locator(".heat canvas").boundingBox())!;
  const hovering = await traceMainThread(browser, page, async () => {
    for (let turn = 0; turn < 200; turn++) {
      await page.mouse.move(box.x + ((turn * 37) % box.width), box.y + ((turn * 17) % box.height));
    }
  });
  const publishedMs: number[] = [];
  const before = (await seenBy(page)).ticks.length;
  const ticking = await traceMainThread(browser, page, async () => {
    for (let turn = 0; turn < SHOWN_TICKS; turn++) {
      tick();
      publishedMs.push(Date.now());
      await until(page, `window.seen.ticks.length > ${before + turn}`);
      await sleep(300);
    }
  });
  const shown = (await seenBy(page)).ticks.slice(before);
  await page.context().close();
  await served.close();
  const { p50Ms, maxMs } = latenciesOf(shown.map(([, atMs], at) => atMs - publishedMs[at]!));
  return { servers: MANY_SERVERS, scrolling, hovering, ticking, tickToScreen: { p50Ms, maxMs } };
}

/** Heap after a forced collection, while ticks come one after the other; and the way of the page through a cut. */
async function longRun(browser: Browser) {
  let tick = () => {};
  const served = await servePage((services) => {
    tick = withLargeFleet(services, SOME_SERVERS);
  });
  const page = await open(browser, served.url);
  const session = await page.context().newCDPSession(page);
  const total = Number(flags.ticks);
  const heapMb: Record<string, number> = {};
  const times: number[] = [];
  for (let turn = 1; turn <= total; turn++) {
    const { length } = (await seenBy(page)).ticks;
    tick();
    const publishedMs = Date.now();
    await until(page, `window.seen.ticks.length > ${length}`);
    times.push((await seenBy(page)).ticks.at(-1)![1] - publishedMs);
    // The notes of the measurement itself do not count.
    await page.evaluate("seen.ticks = seen.ticks.slice(-1)");
    if (turn === total / 10 || turn % (total / 4) === 0) heapMb[turn] = await heapOf(session);
  }
  const cut = await cutAndRestore(page, tick, served.cut);
  await page.context().close();
  await served.close();
  const { p50Ms, p99Ms, maxMs } = latenciesOf(times);
  return { servers: SOME_SERVERS, ticks: total, tickToScreen: { p50Ms, p99Ms, maxMs }, heapMb, cut };
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = (await session.send("Runtime.getHeapUsage")) as { usedSize: number };
  return rounded(usedSize / 1e6, 2);
}

/** Ends all connections, ticks meanwhile, and waits until the page shows that tick. */
async function cutAndRestore(page: Page, tick: () => void, cut: () => void) {
  const cutMs = Date.now();
  cut();
  await until(page, "document.querySelector('.status').innerText.includes('Connection lost')");
  const toldMs = Date.now() - cutMs;
  const { length } = (await seenBy(page)).ticks;
  tick();
  await until(page, `window.seen.ticks.length > ${length} && document.querySelector('.status .live') !== null`);
  return { toldMs, shownAgainMs: Date.now() - cutMs };
}

await buildPage();
const browser = await startBrowser();
const result = {
  ...{ cpu: cpus()[0]!.model, cpus: cpus().length, node: process.version, chromium: browser.version() },
  // Figures by the wall clock mean little while others want the processors, too.
  loadBefore: loadavg()[0],
  size: sizes(),
  firstPaint: [await firstPaint(browser, SOME_SERVERS), await firstPaint(browser, MANY_SERVERS)],
  largeFleet: await largeFleet(browser),
  longRun: await longRun(browser),
};
await browser.close();
const text = `${JSON.stringify(result, null, 2)}\n`;
process.stdout.write(text);
if (flags.out !== undefined) writeFileSync(flags.out, text);
