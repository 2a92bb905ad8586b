// What the main thread of a page did while something happened: its longest task, by the wall clock and by processor time.
import type { Browser, Page } from "playwright-core";

/** Tasks of the page's main thread. A task over 50 ms is one that a viewer can feel (W3C Long Tasks). */
export interface MainThread {
  tasks: number;
  longestMs: number;
  /** Without the time in which the processor was given to others. */
  longestCpuMs: number;
  over50Ms: number;
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds. */
  dur?: number;
  tdur?: number;
  args?: { name?: string; data?: { frames?: { processId?: number; parent?: string }[] } };
}

/** Runs `work` and sums up what the main thread of the page did meanwhile. */
export async function traceMainThread(browser: Browser, page: Page, work: () => Promise<void>): Promise<MainThread> {
  await browser.startTracing(page, {
    categories: ["disabled-by-default-devtools.timeline", "devtools.timeline", "toplevel", "__metadata"],
  });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const started = traceEvents.find(({ name }) => name === "TracingStartedInBrowser");
  const pid = started?.args?.data?.frames?.find(({ parent }) => parent === undefined)?.processId;
  const main = traceEvents.find(
    (event) => event.name === "thread_name" && event.pid === pid && event.args?.name === "CrRendererMain",
  );
  if (main === undefined) throw new Error("trace: Expected the main thread of the page, got none");
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) => name === "RunTask" && ph === "X" && pid === main.pid && tid === main.tid,
  );
  const longest = (of: (event: TraceEvent) => number) => Math.round(Math.max(0, ...tasks.map(of)) / 100) / 10;
  return {
    tasks: tasks.length,
    longestMs: longest(({ dur = 0 }) => dur),
    longestCpuMs: longest(({ tdur = 0 }) => tdur),
    over50Ms: tasks.filter(({ dur = 0 }) => dur > 50_000).length,
  };
}
