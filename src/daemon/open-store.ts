// The store of the rows, of the kind that is configured: a database of the daemon's own, or one that others write.
import { existsSync } from "node:fs";
import { checkTarget, guardedLookup } from "../alert/index.ts";
import { createRng, type ForewarnError, parseDuration } from "../base/index.ts";
import { assertSameContract, type Contract, readContract } from "../contract/index.ts";
import {
  createPrometheusClient,
  httpTransport,
  isInShard,
  openPrometheusStore,
  readMapping,
} from "../prometheus/index.ts";
import { type LiveStore, openEmbeddedStore } from "../store/index.ts";
import type { DaemonConfig } from "./config-schema.ts";
import { dataPaths } from "./paths.ts";
import type { World } from "./world.ts";

/** What the store is opened with. */
export interface StoreOptions {
  config: Pick<DaemonConfig, "store" | "shard" | "forecast">;
  /** That of the mapping, where rows come out of a database. */
  contract: Contract;
  /** Length of the hot window, whole contract intervals. */
  windowMs: number;
  world: World;
}

/** Limits of a question to the database; several of them make a reading. */
const CONNECT_MS = 2000;
const ANSWER_MS = 30_000;
const ANSWER_BYTES = 64 << 20;
const TRIES = 3;

/**
 * Opens the store.
 * @throws ForewarnError `target_refused` for a database that must not be asked, `contract_mismatch` for a data directory of
 *   another contract; what `openEmbeddedStore` and `readMapping` throw.
 */
export async function openStore({ config, contract, windowMs, world }: StoreOptions): Promise<LiveStore> {
  const { kind, dataDir, maxServers, memoryLimit, prometheus } = config.store;
  const paths = dataPaths(dataDir);
  if (kind === "embedded") {
    const retentionMs = parseDuration(config.store.retention, "store.retention");
    return openEmbeddedStore(paths.store, contract, { windowMs, retentionMs, maxServers, memoryLimit });
  }
  if (existsSync(paths.contract)) assertSameContract(readContract(paths.contract), contract, paths.contract);
  // The schema asks for it.
  const url = prometheus.url!;
  const { headers, authorization, allowPrivate, ca } = prometheus;
  checkTarget("store.prometheus", url, allowPrivate);
  const { now, log } = world;
  const rng = createRng(world.seed).fork("store");
  const transport = httpTransport(ca, guardedLookup(world.resolve, allowPrivate));
  const told = new Set<string>();
  const tellOnce = (error: ForewarnError): void => {
    if (told.has(error.message)) return;
    told.add(error.message);
    log("warn", "server not read", { code: error.code, message: error.message });
  };
  let isUnsettled = false;
  const tellUnsettled = (behindMs: number): void => {
    if (isUnsettled) return;
    isUnsettled = true;
    const delay = `${Math.ceil((parseDuration(config.forecast.delay, "forecast.delay") + behindMs) / 1000)}s`;
    const expected = "-search.latencyOffset=0s of VictoriaMetrics, or this forecast.delay at least";
    log("warn", "the database rewrites its newest points, the newest interval is read late", { expected, delay });
  };
  return openPrometheusStore({
    mapping: readMapping(prometheus.mapping),
    connect: (signal) =>
      createPrometheusClient({
        ...{ url, transport, rng, now, signal },
        headers: { ...headers, ...(authorization !== undefined && { authorization }) },
        connectTimeoutMs: CONNECT_MS,
        timeoutMs: ANSWER_MS,
        maxBytes: ANSWER_BYTES,
        attempts: TRIES,
        wait: (ms, waiting = signal) => world.wait(ms, waiting),
        onRetry: (reason, delayMs) => log("debug", "database asked again", { reason, delayMs: Math.round(delayMs) }),
      }),
    ...{ now, windowMs, maxServers },
    latenessMs: parseDuration(prometheus.lateness, "store.prometheus.lateness"),
    owns: (server) => isInShard(config.shard, server),
    onRefused: (servers) => log("warn", "servers beyond store.maxServers are not read", { servers, maxServers }),
    onUnsettled: (behindMs) => tellUnsettled(behindMs),
    onUnreadable: tellOnce,
  });
}
