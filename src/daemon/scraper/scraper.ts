// Scrapes pages of metrics where there is no agent to send them: each target at its own phase, one scrape at a time.
import { ForewarnError } from "../../base/index.ts";
import type { SampleReceiver } from "../../receive/index.ts";
import type { MetricsRegistry } from "../../server/index.ts";
import { createLabelCache, type DecodedSamples, type LabelCache, parseExposition } from "../../wire/index.ts";
import { startTickLoop } from "../tick-loop.ts";
import type { World } from "../world.ts";
import { fetchPage, PageError } from "./fetch-page.ts";
import type { ScrapeTarget } from "./scrape-config.ts";
import { createTargetSeries } from "./target-series.ts";

/** What the scraper needs. */
export interface ScraperParts {
  targets: readonly ScrapeTarget[];
  receiver: SampleReceiver;
  metrics: MetricsRegistry;
  world: Pick<World, "now" | "wait" | "log">;
  fetch: typeof globalThis.fetch;
}

/** A running scraper. */
export interface Scraper {
  /** Ends scrapes that are under way; nothing of them is stored. Series do not end, as the next start goes on with them. */
  stop(): Promise<void>;
  /** Rejects with a fault of the program. */
  ended: Promise<void>;
}

/** Starts scraping. */
export function startScraper({ targets, receiver, metrics, world, fetch }: ScraperParts): Scraper {
  const { now, wait } = world;
  const startedMs = now();
  const stopping = new AbortController();
  const cache = createLabelCache();
  const outcomes = metrics.counter("forewarn_scrapes_total", "Scrapes of targets, by outcome.");
  const refusedTotal = metrics.counter(
    "forewarn_scrape_samples_refused_total",
    "Samples of scrapes that were not stored, by reason.",
  );
  let up = 0;
  metrics.gaugeFrom("forewarn_scrape_targets_up", "Targets whose last scrape gave a page.", () => up);

  const loops = targets.map((target) => {
    const series = createTargetSeries(target.labels);
    let [wasUp, wasStored] = [null as boolean | null, true];

    const tell = (reason: string | null): void => {
      const isUp = reason === null;
      if (isUp !== wasUp) {
        if (isUp) world.log("info", "target up", { target: target.name });
        else world.log("warn", "target down", { target: target.name, reason });
        up += isUp ? 1 : wasUp === null ? 0 : -1;
      }
      wasUp = isUp;
    };
    const scrape = async (): Promise<void> => {
      const timeMs = Math.round(now());
      const begin = performance.now();
      const { page, reason } = await readPage(fetch, target, cache, timeMs, stopping.signal);
      if (stopping.signal.aborted) return;
      tell(reason);
      const samples = series.samplesOf({ timeMs, seconds: (performance.now() - begin) / 1000, page });
      for (const { reason, samples } of page?.rejected ?? []) refusedTotal.add(samples, { reason });
      if (samples.rejected > 0) refusedTotal.add(samples.rejected, { reason: "label_limit" });
      try {
        const { refused } = await receiver.write(samples.block);
        for (const { reason, samples } of refused) refusedTotal.add(samples, { reason });
        samples.keep();
        wasStored = true;
        outcomes.add(1, { outcome: reason === null ? "stored" : "down" });
      } catch (error) {
        if (!(error instanceof ForewarnError)) throw error;
        const { code, message } = error;
        if (wasStored) world.log("error", "scrapes not stored", { target: target.name, code, message });
        wasStored = false;
        outcomes.add(1, { outcome: "not_stored" });
      }
    };
    return startTickLoop({
      schedule: { everyMs: target.everyMs, delayMs: target.phaseMs },
      ...{ now, wait, onOverrun: () => undefined },
      async run({ atMs }) {
        // The loop would make the one before the start, too, and all targets at once.
        if (atMs >= startedMs) await scrape();
      },
    });
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops.map((loop) => loop.stop()));
    },
    ended: Promise.all(loops.map(({ ended }) => ended)).then(() => undefined),
  };
}

/** The page of a target, or why there is none. */
async function readPage(
  fetch: typeof globalThis.fetch,
  target: ScrapeTarget,
  cache: LabelCache,
  scrapeTimeMs: number,
  signal: AbortSignal,
): Promise<{ page: DecodedSamples | null; reason: string | null }> {
  try {
    const { bytes, format } = await fetchPage(fetch, target, signal);
    return { page: parseExposition(bytes, cache, { format, scrapeTimeMs }), reason: null };
  } catch (error) {
    if (error instanceof PageError || error instanceof ForewarnError) return { page: null, reason: error.message };
    throw error;
  }
}
