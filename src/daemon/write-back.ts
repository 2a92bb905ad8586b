// Forecasts and scores written back into the user's database after every tick: the configuration checked, a writer with a
// queue in the data directory, its problems told, its numbers shown.
import { checkTarget, guardedLookup } from "../alert/index.ts";
import type { ModelDirectory } from "../artifact/index.ts";
import { createRng, ForewarnError, formatDuration, parseDuration } from "../base/index.ts";
import type { Contract } from "../contract/index.ts";
import { httpTransport, openRemoteWriter, type WriteProblem, type WriterStatus } from "../prometheus/index.ts";
import type { MetricsRegistry, Services } from "../server/index.ts";
import { createBreather } from "./breather.ts";
import type { DaemonConfig } from "./config-schema.ts";
import type { OwnModelDesk } from "./model-desk.ts";
import { dataPaths } from "./paths.ts";
import type { World } from "./world.ts";
import { createWriteBackSeries } from "./write-back-series.ts";

/** What writing back needs. */
export interface WriteBackOptions {
  config: Pick<DaemonConfig, "writeBack" | "store" | "shard">;
  version: string;
  contract: Contract;
  models: OwnModelDesk;
  registry: MetricsRegistry;
  world: World;
}

/** See {@link openWriteBack}. */
export interface WriteBack {
  /** Queues what the last tick brought; resolves when it is on stable storage. @throws File errors such as `disk_full`. */
  tick(services: Pick<Services, "forecasts" | "scoreboard">): Promise<void>;
  /** Stops sending; what waits is sent after the next start. */
  stop(): Promise<void>;
  /** Rejects with faults after which it cannot go on. */
  ended: Promise<void>;
}

const FUTURE = "writeBack.futureRetention";
/** The same kind of problem is logged once in this time. */
const QUIET_MS = 60_000;

/**
 * Opens the writer, if one is configured.
 * @throws ForewarnError `target_refused` for a URL that must not be called, `config_invalid` for a horizon that the store
 *   would not take, file errors.
 */
export async function openWriteBack(options: WriteBackOptions): Promise<WriteBack | null> {
  const { config, version, contract, models, registry, world } = options;
  const { writeBack } = config;
  const { url, authorization, allowPrivate } = writeBack;
  if (url === null) return null;
  checkTarget("writeBack", url, allowPrivate);
  const validLimitMs = writeBack.validTime ? parseDuration(writeBack.futureRetention, FUTURE) : null;
  const { now, wait, log } = world;
  /** Why some values of a model will not be written; null when all are. */
  const shortcoming = (model: ModelDirectory | null): ForewarnError | null =>
    validLimitMs === null || horizonMsOf(model) <= validLimitMs ? null : beyondFuture(horizonMsOf(model), validLimitMs);
  let model = models.model();
  const refusal = shortcoming(model);
  if (refusal !== null) throw refusal;
  const tell = quietly(now);
  const writer = await openRemoteWriter({
    directory: dataPaths(config.store.dataDir).writeBack,
    url,
    headers: { ...writeBack.headers, ...(authorization !== undefined && { authorization }) },
    userAgent: `forewarn/${version}`,
    mostBytes: writeBack.maxQueueBytes,
    maxAgeMs: parseDuration(writeBack.maxAge, "writeBack.maxAge"),
    transport: httpTransport(writeBack.ca, guardedLookup(world.resolve, allowPrivate)),
    ...{ now, wait },
    rng: createRng(world.seed).fork("write-back"),
    breathe: createBreather(),
    onProblem: (problem) =>
      tell(problem, () => log("warn", `samples ${problem.kind}`, { ...problem, to: "writeBack" })),
    onDamage: (path, bytes) => log("warn", "end of the write-back queue cut off", { path, bytes }),
  });
  watch(registry, writer.status, now);
  const { index, count } = config.shard;
  const series = createWriteBackSeries(contract, validLimitMs, count > 1 ? { shard: String(index) } : {});
  let last: object | null = null;
  return {
    async tick({ forecasts, scoreboard }) {
      const tick = forecasts.lastTick();
      if (tick === last) return;
      if (model !== models.model()) {
        model = models.model();
        const reason = shortcoming(model)?.message;
        if (reason !== undefined) log("error", "values are not written back", { reason });
      }
      const written = { issuedAtMs: tick?.issuedAtMs ?? now(), forecasts: forecasts.all(), scoreboard };
      await writer.write(series.samplesOf(written));
      series.keep(written);
      last = tick;
    },
    stop: writer.stop,
    ended: writer.ended,
  };
}

/** The longest horizon that is written; 0 without a model. */
function horizonMsOf(model: ModelDirectory | null): number {
  if (model === null) return 0;
  const { breachGroupEnds, intervalMs } = model.config.inputs;
  return (breachGroupEnds.at(-1) ?? 0) * intervalMs;
}

function beyondFuture(horizonMs: number, limitMs: number): ForewarnError {
  const expected = `at least the horizon of the model, ${formatDuration(horizonMs)}`;
  return new ForewarnError("config_invalid", `${FUTURE}: Expected ${expected}, got ${formatDuration(limitMs)}`, {
    hint: "VictoriaMetrics drops what is later without a word; raise its -futureRetention, or turn validTime off",
  });
}

/** Lets the first problem of a kind through, and one of it in every {@link QUIET_MS}. */
function quietly(now: () => number): (problem: WriteProblem, tell: () => void) => void {
  const toldMs = new Map<string, number>();
  return ({ kind }, tell) => {
    if (now() - (toldMs.get(kind) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    toldMs.set(kind, now());
    tell();
  };
}

function watch({ gaugeFrom, counterFrom }: MetricsRegistry, status: () => WriterStatus, now: () => number): void {
  counterFrom("forewarn_write_back_samples_sent_total", "Samples that the receiver has taken", () => status().sent);
  counterFrom("forewarn_write_back_samples_refused_total", "Samples that it will never take", () => status().refused);
  counterFrom(
    "forewarn_write_back_samples_dropped_total",
    "Samples that were too old, or too many to wait for it",
    () => status().dropped,
  );
  counterFrom(
    "forewarn_write_back_requests_failed_total",
    "Requests that failed and are tried again",
    () => status().failedRequests,
  );
  gaugeFrom("forewarn_write_back_queue_samples", "Samples that wait", () => status().waitingSamples);
  gaugeFrom("forewarn_write_back_queue_bytes", "Bytes of them on disk", () => status().waitingBytes);
  gaugeFrom("forewarn_write_back_queue_oldest_seconds", "Age of the oldest of them", () => {
    const { oldestMs } = status();
    return oldestMs === null ? 0 : (now() - oldestMs) / 1000;
  });
}
