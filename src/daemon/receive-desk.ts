// Samples of Prometheus and OpenTelemetry on their way into the store: opens the receiver that the configuration asks for,
// and makes rows of its intervals when they are due.
import { ForewarnError, parseDuration } from "../base/index.ts";
import { assertSameContract, type Contract } from "../contract/index.ts";
import { readMapping } from "../prometheus/index.ts";
import { journalFiles, openReceiver, type SampleReceiver } from "../receive/index.ts";
import type { MetricsRegistry } from "../server/index.ts";
import type { LiveStore } from "../store/index.ts";
import type { DaemonConfig } from "./config-schema.ts";
import { watchReceiver } from "./receive-metrics.ts";
import { startTickLoop, type TickLoop } from "./tick-loop.ts";
import type { World } from "./world.ts";

/** See {@link openReceiveDesk}. */
export interface ReceiveDesk {
  receiver: SampleReceiver;
  /** Makes rows of the intervals from `fromMs` on that are due; what the store cannot take is tried again later. */
  settle(fromMs: number): Promise<void>;
  /** Why samples cannot be taken; empty while they can. */
  reasons(): string[];
  /** Settles every few seconds from now on. */
  start(): TickLoop;
  close(): Promise<void>;
}

/** What a desk works with. */
export interface ReceiveDeskParts {
  config: Pick<DaemonConfig, "receive" | "forecast" | "limits">;
  /** Where the journal lies. */
  directory: string;
  contract: Contract;
  store: LiveStore;
  registry: MetricsRegistry;
  world: Pick<World, "now" | "wait" | "log">;
}

/** Late samples wait for this at most; one look costs nothing while there are none. */
const SETTLE_EVERY_MS = 5_000;

/**
 * Opens the receiver and replays its journal; null when no mapping is configured.
 * @throws ForewarnError `contract_mismatch` when the mapping is for another contract than the daemon's; what reading the
 *   mapping throws; file errors.
 */
export async function openReceiveDesk(parts: ReceiveDeskParts): Promise<ReceiveDesk | null> {
  const { config, contract, store, world } = parts;
  const { mapping: name, delay, lateness, maxAge, maxSeries, maxSamples } = config.receive;
  if (name === null) return null;
  const { now, wait, log } = world;
  const mapping = readMapping(name);
  assertSameContract(contract, mapping.contract, `receive.mapping ${name}`);
  const receiver = await openReceiver({
    ...{ mapping, store, files: journalFiles(parts.directory), now },
    limits: {
      delayMs: parseDuration(delay ?? config.forecast.delay, delay === null ? "forecast.delay" : "receive.delay"),
      latenessMs: parseDuration(lateness, "receive.lateness"),
      maxAgeMs: parseDuration(maxAge, "receive.maxAge"),
      maxAheadMs: parseDuration(config.limits.maxAhead, "limits.maxAhead"),
      ...{ maxSeries, maxSamples },
    },
    onFailure({ code, message }, startMs) {
      log("error", "samples make no rows", { interval: new Date(startMs).toISOString(), code, message });
    },
  });
  const { journal, samples, series } = receiver.status();
  for (const gap of journal.gaps) log("error", "received samples are damaged", { ...gap });
  log("info", "receives samples", { mapping: mapping.name, replayed: samples, series });
  watchReceiver(parts.registry, receiver, now);
  const settle = async (fromMs?: number): Promise<void> => {
    try {
      await receiver.settle(fromMs);
    } catch (error) {
      if (!(error instanceof ForewarnError)) throw error;
      log("warn", "rows of samples wait", { code: error.code, message: error.message });
    }
  };
  return {
    receiver,
    settle,
    reasons() {
      const { state, reason } = receiver.status().journal;
      return state === "ready" ? [] : [`receiver: ${reason}`];
    },
    start: () =>
      startTickLoop({
        schedule: { everyMs: SETTLE_EVERY_MS, delayMs: 0 },
        ...{ now, wait, run: () => settle(), onOverrun: () => undefined },
      }),
    close: () => receiver.close(),
  };
}
