// The daemon: opens what it keeps, serves it, ticks, and stops in order. Everything that must survive lies in its data
// directory at any time, so that a killed process loses nothing that it has acknowledged.
import { join } from "node:path";
import { formatDuration, makeDirectory, parseDuration } from "../base/index.ts";
import { contractHash, contractId, intervalMs } from "../contract/index.ts";
import { copyJournal } from "../receive/index.ts";
import {
  createEventHub,
  createMetricsRegistry,
  type DemoDesk,
  openAuditLog,
  openKeyRing,
  type Services,
} from "../server/index.ts";
import { startBackgroundWork } from "./background.ts";
import type { DaemonConfig } from "./config-schema.ts";
import { createDaemonMetrics } from "./daemon-metrics.ts";
import { createExplainer } from "./explainer.ts";
import { createForecastBook } from "./forecast-book.ts";
import { openForecastFiles } from "./forecast-files.ts";
import { openJudges } from "./judges.ts";
import { openLeadFiles } from "./lead-files.ts";
import { modelLoader } from "./loaded-model.ts";
import { createModelDesk } from "./model-desk.ts";
import { openStore } from "./open-store.ts";
import { chooseContract, dataPaths, keepContract } from "./paths.ts";
import { openReceiveDesk } from "./receive-desk.ts";
import { createReplayDesk } from "./replay-desk.ts";
import { scrapeTargets } from "./scraper/scrape-config.ts";
import { startScraper } from "./scraper/scraper.ts";
import { scheduleOf, windowMsOf } from "./spans.ts";
import { guardFor, makeTick, type TickParts } from "./tick.ts";
import { startTickLoop, type TickLoop } from "./tick-loop.ts";
import type { World } from "./world.ts";
import { openWriteBack } from "./write-back.ts";

/** What a daemon is started with. */
export interface DaemonOptions {
  config: DaemonConfig;
  /** Version of Forewarn. */
  version: string;
  /** Whether a simulated feed is played into it. */
  demo?: DemoDesk | null;
  /** Makes the HTTP server; null runs without one. */
  listen: ((services: Services) => Promise<HttpServer>) | null;
  /** Reads the configuration anew. @throws ForewarnError for an invalid one. */
  readConfig?: () => Promise<DaemonConfig>;
}

/** A listening server. */
export interface HttpServer {
  /** Where it is reached. */
  url: string;
  /** Ends streams at once, gives requests that run some seconds, refuses new ones. */
  close(): Promise<void>;
}

/** A running daemon. */
export interface Daemon {
  services: Services;
  /** Where it is reached; null without a server. */
  url: string | null;
  /** Stops in order; safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a daemon; resolves when it is ready.
 * @throws ForewarnError `directory_locked`, `contract_mismatch`, `usage_invalid`, and file errors; nothing is left open.
 */
export async function startDaemon(options: DaemonOptions, world: World): Promise<Daemon> {
  const closers: (() => Promise<void> | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await open(options, world, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function open(
  { config, version, demo = null, listen, readConfig }: DaemonOptions,
  world: World,
  closers: (() => Promise<void> | void)[],
  closeAll: () => Promise<void>,
): Promise<Daemon> {
  const { now, log } = world;
  const startedAtMs = now();
  const duration = (text: string, key: string): number => parseDuration(text, key);
  const targets = scrapeTargets(config.receive.scrape);
  const contract = chooseContract(config);
  const stepMs = intervalMs(contract);
  const { dataDir } = config.store;
  const paths = dataPaths(dataDir);
  makeDirectory(dataDir);

  const registry = createMetricsRegistry();
  const metrics = createDaemonMetrics(registry, version, config.shard);
  const models = createModelDesk({
    root: config.models.directory,
    pointerFile: paths.modelPointer,
    active: config.models.active,
    load: modelLoader(contract, config.forecast),
    now,
    onChange: (modelId) => log("info", "model serves", { modelId }),
    onRefused(modelId, { code, message }) {
      metrics.modelRefused();
      log("error", "model refused", { modelId, code, message });
    },
  });
  const retentionMs = duration(config.store.retention, "store.retention");
  const store = await openStore({ config, contract, windowMs: windowMsOf(config, stepMs), world });
  closers.push(() => store.close());
  for (const gap of store.status().gaps) log("error", "stored rows are damaged", { ...gap });
  const received = await openReceiveDesk({ config, directory: paths.received, contract, store, registry, world });
  closers.push(() => received?.close());
  keepContract(dataDir, contract);
  await models.open();
  closers.push(() => models.close());
  if (models.serving() === null) log("warn", "no model", { reason: models.missing() });

  const files = await openForecastFiles(paths.forecasts);
  closers.push(() => files.close());
  const events = createEventHub(world.wallNow);
  closers.push(() => events.close());
  const audit = openAuditLog(paths.audit, now);
  closers.push(() => audit.close());
  const keys = openKeyRing(paths.keys, now);
  const leads = await openLeadFiles(paths.leads);
  closers.push(() => leads.close());
  const forecasts = createForecastBook({
    async history(server, fromMs, toMs) {
      const records = await files.read({ server, fromMs, toMs });
      return records.map(({ dataMs, ...record }) => ({ record, dataMs }));
    },
    ahead: leads.read,
  });

  const { alerts, scores, predictor, adopt, configure } = await openJudges({ config, world, models, files, contract });
  closers.push(() => alerts.close());
  closers.push(() => scores.checkpoint());
  metrics.watch({ store, models, alerts, scores, forecasts, now });
  const replay = createReplayDesk({
    ...{ directory: paths.forecasts, contract, store, windowMs: windowMsOf(config, stepMs), rules: alerts.rules, now },
    graceMs: duration(config.scoring.grace, "scoring.grace"),
    usefulLeadMs: duration(config.scoring.usefulLead, "scoring.usefulLead"),
  });
  closers.push(() => replay.close());
  const writeBack = await openWriteBack({ config, version, contract, models, registry, world });
  closers.push(() => writeBack?.stop());

  let [isStopping, overruns, loop] = [false, 0, null as TickLoop | null];
  const services: Services = {
    version,
    contract,
    contractHash: contractHash(contract),
    store,
    receiver: received?.receiver ?? null,
    forecasts,
    explain: createExplainer({ store, models }),
    models,
    alerts,
    replay,
    demo,
    get scoreboard() {
      return scores.board();
    },
    events,
    keys,
    audit,
    hotWindowMs: windowMsOf(config, stepMs),
    forecastEveryMs: scheduleOf(config, stepMs).everyMs,
    metrics: registry,
    limits: {
      retentionMs,
      maxAheadMs: duration(config.limits.maxAhead, "limits.maxAhead"),
      maxRowsPerRequest: config.limits.maxRowsPerRequest,
      maxBodyBytes: config.limits.maxBodyBytes,
      maxDecodedBytes: config.limits.maxDecodedBytes,
    },
    status() {
      const reasons = [
        ...(isStopping ? ["stopping"] : []),
        ...(store.status().state === "ready" ? [] : [`store: ${store.status().reason}`]),
        ...(received?.reasons() ?? []),
        ...(config.models.active !== null && models.serving() === null ? [`model: ${models.missing()}`] : []),
      ];
      const nextTickMs = isStopping ? null : (loop?.nextMs() ?? null);
      const told = demo && { speed: demo.speed, scenario: demo.story().scenario };
      const ready = reasons.length === 0;
      return {
        startedAtMs,
        shard: config.shard,
        ready,
        reasons,
        stopping: isStopping,
        nextTickMs,
        overruns,
        demo: told,
      };
    },
    async reload() {
      if (readConfig !== undefined) configure(await readConfig());
      const isNew = await models.reload();
      log("info", "reloaded", { newModel: isNew });
    },
    async backup() {
      const name = new Date(now()).toISOString().replaceAll(/[:.]/g, "-");
      makeDirectory(paths.backups);
      if (received !== null) await copyJournal(paths.received, join(paths.backups, `${name}-received`));
      await store.backup(join(paths.backups, name));
      log("info", "backup made", { name });
      return name;
    },
    now,
  };
  const server = listen === null ? null : await listen(services);

  const stopTicks = new AbortController();
  const { batchSize } = config.forecast;
  const parts: TickParts = {
    ...{ store, models, forecasts, files, leads, scores, alerts, predictor, events, metrics, batchSize, now, log },
    signal: stopTicks.signal,
  };
  const background = startBackgroundWork({ ...parts, config, world });
  loop = startTickLoop({
    schedule: scheduleOf(config, stepMs),
    now,
    wait: world.wait,
    async run(tick) {
      adopt();
      await received?.settle(tick.boundaryMs - stepMs);
      await makeTick(parts, tick);
      if (writeBack !== null) await guardFor(parts)("write_back", () => writeBack.tick(services));
    },
    onOverrun(skipped) {
      overruns += skipped;
      metrics.overrun(skipped);
      log("warn", "ticks skipped", { skipped });
    },
  });
  const settling = received?.start();
  const scraper =
    received === null || targets.length === 0
      ? null
      : startScraper({ targets, receiver: received.receiver, metrics: registry, world, fetch });
  for (const work of [loop, background, writeBack, settling, scraper]) work?.ended.catch(world.onFatal);
  log("info", "ready", {
    contract: contractId(contract),
    url: server?.url ?? null,
    model: models.serving()?.modelId ?? null,
  });

  let stopped: Promise<void> | null = null;
  const stopInOrder = async (): Promise<void> => {
    isStopping = true;
    const graceMs = config.server.grace === "0s" ? 0 : duration(config.server.grace, "server.grace");
    if (graceMs > 0) await world.wait(graceMs, new AbortController().signal);
    stopTicks.abort();
    await Promise.all([server?.close(), loop?.stop(), background.stop(), settling?.stop(), scraper?.stop()]);
    await closeAll();
    log("info", "stopped", { after: formatDuration(now() - startedAtMs) });
  };
  return {
    services,
    url: server?.url ?? null,
    stop() {
      stopped ??= stopInOrder();
      return stopped;
    },
  };
}
