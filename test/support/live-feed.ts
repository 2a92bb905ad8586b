// Rows of a small fleet as time passes, so that a daemon has something to forecast at every tick.
import { setTimeout as sleep } from "node:timers/promises";
import { FAST_CONTEXT_STEPS, FAST_INTERVAL_MS } from "../helpers/fast-model.ts";

/** A fleet that reports. */
export interface LiveFeed {
  /** Requests that were answered with 200, and others. */
  taken: number;
  failed: number;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Load of a server at a time, in percent. */
export type CpuOf = (server: number, timeMs: number) => number;

const wave: CpuOf = (server, timeMs) => 40 + 10 * Math.sin(timeMs / 60_000 + server);

/**
 * Sends the past that a model reads, and from then on a row of each of `live-0`, `live-1` ... every second. What could not
 * be sent is sent with the next rows, so that a daemon that was away misses nothing.
 * @param urlOf Where the daemon is at this time.
 */
export async function startFeed(urlOf: () => string, servers: number, cpuOf: CpuOf = wave): Promise<LiveFeed> {
  const stopping = new AbortController();
  const nowStep = () => Math.floor(Date.now() / FAST_INTERVAL_MS);
  let nextStep = nowStep() - FAST_CONTEXT_STEPS - 30;
  const feed = { taken: 0, failed: 0 };
  const send = async (): Promise<void> => {
    const endStep = nowStep();
    const rows: object[] = [];
    for (let step = nextStep; step < endStep; step++) {
      for (let server = 0; server < servers; server++) {
        const timestamp = (step * FAST_INTERVAL_MS) / 1000;
        const cpu = cpuOf(server, step * FAST_INTERVAL_MS);
        rows.push({ timestamp, server: `live-${server}`, profile: "web_api", cpu_pct: cpu, mem_pct: 50 });
      }
    }
    for (let begin = 0; begin < rows.length; begin += 5000) {
      const response = await fetch(`${urlOf()}/api/v1/rows`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(rows.slice(begin, begin + 5000)),
      }).catch(() => null);
      await response?.arrayBuffer().catch(() => undefined);
      if (response?.status !== 200) {
        feed.failed++;
        return;
      }
      feed.taken++;
    }
    nextStep = endStep;
  };
  await send();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(FAST_INTERVAL_MS / 4, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (nowStep() > nextStep) await send();
    }
  })();
  return Object.assign(feed, {
    async stop() {
      stopping.abort();
      await loop;
    },
  });
}
