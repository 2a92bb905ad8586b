// A daemon without a daemon: what the HTTP server asks for, in memory, with a clock that tests move.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AlertBook, createAlertBook, parseAlertRules } from "../../src/alert/index.ts";
import { ForewarnError } from "../../src/base/index.ts";
import { contractHash, fleetContract } from "../../src/contract/index.ts";
import { createScoreboard, type ForecastRecord } from "../../src/evaluate/index.ts";
import {
  type AheadPoint,
  type AheadRecord,
  createEventHub,
  createMetricsRegistry,
  type DaemonStatus,
  type ModelEntry,
  openAuditLog,
  openKeyRing,
  type RefusedServer,
  type ServedExplanation,
  type ServedForecast,
  type Services,
} from "../../src/server/index.ts";
import { batchRows, type LiveRow, type LiveStore, type StoreStatus } from "../../src/store/index.ts";
import { bookOptions, CPU_RULE, INTERVAL, LEVELS, WITHIN_STEPS } from "./alerts.ts";
import { replayAnswer } from "./replayed.ts";

/** Where the clock of the fakes begins. */
export const NOW_MS = Date.UTC(2026, 0, 5, 12);
const HORIZON_STEPS = 96;

/** The fakes with what a test may change in them. */
export interface FakeServices extends Services {
  clock: { nowMs: number };
  directory: string;
  auditFile: string;
  stored: LiveRow[];
  served: Map<string, ServedForecast>;
  refusals: RefusedServer[];
  model: { modelId: string; directory: string; sinceMs: number } | null;
  backtest: unknown;
  daemon: DaemonStatus;
  storeState: StoreStatus["state"];
  /** Thrown by the next write. */
  writeError: Error | null;
  calls: string[];
  book: AlertBook;
}

/** Fakes with a model, servers `a` to `c`, of which `c` is warming up, and an open prediction for `a`. */
export function fakeServices(): FakeServices {
  const clock = { nowMs: NOW_MS };
  const now = () => clock.nowMs;
  const directory = mkdtempSync(join(tmpdir(), "forewarn-server-"));
  const auditFile = join(directory, "audit.ndjson");
  const rules = parseAlertRules([CPU_RULE], fleetContract, "test");
  const book = createAlertBook(bookOptions(rules));
  const served = new Map(["a", "b"].map((server, index) => [server, servedForecast(server, index === 0 ? 0.8 : 0.1)]));
  for (const minutes of [0, 5, 10]) {
    const nowMs = NOW_MS - (10 - minutes) * 60_000;
    book.tick({ nowMs, forecasts: [...served.values()].map(({ record }) => ({ record })), incidents: [] });
  }
  const scores = {
    ...{ levels: LEVELS, leadSteps: WITHIN_STEPS, labels: ["profile"], graceMs: INTERVAL, ledgerEntries: 100 },
    ...{ usefulLeadMs: 30 * 60_000, alertThresholds: { cpu_high: 0.5, mem_high: 0.5, disk_full: 0.5 } },
  };
  const fake: FakeServices = {
    ...{ clock, directory, auditFile, served, book, now },
    version: "0.0.0-test",
    contract: fleetContract,
    contractHash: contractHash(fleetContract),
    stored: ["a", "b", "c"].map((server) => ({ server, timestampMs: NOW_MS - INTERVAL, metrics: { cpu_pct: 50 } })),
    refusals: [{ server: "c", code: "insufficient_data", message: "too short", historySteps: { has: 1, needs: 288 } }],
    model: { modelId: "tft_1", directory: "/secret/models/tft_1", sinceMs: NOW_MS },
    backtest: null,
    daemon: {
      ...{ startedAtMs: NOW_MS, shard: { index: 0, count: 1 }, ready: true, reasons: [], stopping: false },
      ...{ nextTickMs: NOW_MS + INTERVAL, overruns: 0, demo: null },
    },
    storeState: "ready",
    writeError: null,
    calls: [],
    hotWindowMs: 8 * 86_400_000,
    forecastEveryMs: 300_000,
    store: undefined as unknown as LiveStore,
    forecasts: {
      lastTick: () => ({ issuedAtMs: NOW_MS, modelId: "tft_1", servers: served.size, durationMs: 12 }),
      current: (server) => served.get(server),
      all: () => [...served.values()],
      refused: () => fake.refusals,
      history: async (server) => (served.has(server) ? [served.get(server)!] : []),
      ahead: async (ask) => aheadRecord(ask),
    },
    explain: async ({ record }) => explanationOf(record),
    models: {
      serving: () => fake.model,
      missing: () => (fake.model === null ? "there is no model directory" : null),
      list: async () => [
        modelEntry("tft_1", "serving"),
        modelEntry("tft_0", "standby"),
        modelEntry("tft_bad", "refused"),
      ],
      async activate(modelId) {
        if (modelId === "tft_bad") throw new ForewarnError("model_invalid", "tft_bad: Expected a manifest, got none");
        fake.calls.push(`activate ${modelId}`);
        return modelEntry(modelId, "serving");
      },
      async rollback() {
        fake.calls.push("rollback");
        return modelEntry("tft_0", "serving");
      },
      documents: async () => ({
        ...{ evaluation: { score: 1 }, backtest: fake.backtest, trainingMetadata: { seed: 1 }, modelCard: "# card" },
      }),
    },
    alerts: {
      book,
      rules: () => rules,
      save: async () => void fake.calls.push("save"),
      outbox: () => ({ pending: 0, oldestPendingMs: null }),
    },
    replay: { ask: async (question) => replayAnswer(question, NOW_MS) },
    demo: null,
    receiver: null,
    scoreboard: createScoreboard(fleetContract, scores, NOW_MS),
    events: createEventHub(now),
    keys: openKeyRing(join(directory, "keys.json"), now),
    audit: openAuditLog(auditFile, now),
    metrics: createMetricsRegistry(),
    limits: {
      ...{ retentionMs: 90 * 86_400_000, maxAheadMs: 600_000, maxRowsPerRequest: 10_000 },
      ...{ maxBodyBytes: 8 << 20, maxDecodedBytes: 32 << 20 },
    },
    status: () => fake.daemon,
    reload: async () => void fake.calls.push("reload"),
    backup: async () => {
      fake.calls.push("backup");
      return "2026-01-05T00-00-00Z";
    },
  };
  fake.store = memoryStore(fake);
  return fake;
}

const LEADS_MS = [1_800_000, 3_600_000];

/** Every instant was forecast between 40 and 60, but for the hour before the last. */
function aheadRecord({ leadMs, fromMs, toMs }: Parameters<Services["forecasts"]["ahead"]>[0]): AheadRecord {
  const points: AheadPoint[] = [];
  for (let timeMs = fromMs; timeMs < toMs && LEADS_MS.includes(leadMs); timeMs += INTERVAL) {
    const quantiles = new Map([["cpu_pct", [40, 50.1, 60.2]]]);
    if (toMs - timeMs > 2 * 3_600_000 || toMs - timeMs <= 3_600_000)
      points.push({ timeMs, issuedAtMs: timeMs - leadMs + INTERVAL, modelId: "tft_1", quantiles });
  }
  return { leadsMs: LEADS_MS, levels: [0.1, 0.5, 0.9], points };
}

/** Looks the same for every server. */
function explanationOf({ breaches }: ForecastRecord): ServedExplanation {
  const spans = 24;
  const even = Array.from({ length: spans }, (_, at) => (0.9 * (at + 1)) / ((spans * (spans + 1)) / 2));
  return {
    isExact: true,
    past: [
      { variable: "cpu_pct", kind: "observed", subject: "cpu_pct", share: 0.5 },
      { variable: "lag_cpu_pct", kind: "lags", subject: "cpu_pct", share: 0.3 },
      { variable: "time_of_day", kind: "calendar", subject: null, share: 0.2 },
    ],
    future: [{ variable: "time_of_day", kind: "calendar", subject: null, share: 1 }],
    static: [
      { variable: "stats_cpu_pct", kind: "statistics", subject: "cpu_pct", share: 0.75 },
      { variable: "profile", kind: "label", subject: "profile", share: 0.25 },
    ],
    tokenSteps: 4,
    attention: breaches[0]!.withinSteps.map((withinSteps) => ({ withinSteps, past: even, future: 0.1 })),
  };
}

/** A forecast issued at {@link NOW_MS} from rows of one interval before. */
export function servedForecast(server: string, probability: number): ServedForecast {
  const quantiles = Float32Array.from({ length: HORIZON_STEPS * LEVELS.length }, (_, at) => 40 + (at % 3) * 10.1);
  const target = (metric: string) => ({ metric, quantiles, scale: 1 });
  const breach = (rule: string) => ({
    rule,
    withinSteps: WITHIN_STEPS,
    probabilities: WITHIN_STEPS.map(() => probability),
  });
  const record = {
    ...{ forecastId: `tft_1/${server}/${NOW_MS}`, modelId: "tft_1", contractHash: contractHash(fleetContract) },
    ...{ issuedAtMs: NOW_MS, server, labels: { profile: server === "a" ? "database" : "web_api" } },
    ...{ intervalMs: INTERVAL, originMs: NOW_MS, levels: LEVELS },
    targets: ["cpu_pct", "mem_pct", "disk_pct"].map(target),
    breaches: ["cpu_high", "mem_high", "disk_full"].map(breach),
  };
  return { record, dataMs: NOW_MS - INTERVAL };
}

function modelEntry(modelId: string, state: ModelEntry["state"]): ModelEntry {
  const reason = state === "refused" ? "no manifest" : null;
  return { modelId, directory: `/secret/models/${modelId}`, createdAt: null, contractHash: null, state, reason };
}

/** Rows in a list; the first write of a server and time wins. */
function memoryStore(fake: FakeServices): LiveStore {
  const isSame = (a: LiveRow, b: LiveRow) => JSON.stringify(a.metrics) === JSON.stringify(b.metrics);
  const counts = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0 };
  return {
    async write(batch) {
      if (fake.writeError !== null) throw fake.writeError;
      const result = { accepted: 0, duplicates: 0, conflicts: [] as { index: number }[], rejected: [] };
      for (const [index, row] of batchRows(fake.contract, batch).entries()) {
        const known = fake.stored.find((one) => one.server === row.server && one.timestampMs === row.timestampMs);
        if (known === undefined) {
          fake.stored.push(row);
          result.accepted++;
        } else if (isSame(known, row)) result.duplicates++;
        else result.conflicts.push({ index });
      }
      return result;
    },
    refresh: async () => undefined,
    servers() {
      const names = [...new Set(fake.stored.map(({ server }) => server))].sort();
      return names.map((server) => {
        const times = fake.stored.filter((row) => row.server === server).map(({ timestampMs }) => timestampMs);
        const labels = { profile: server === "a" ? "database" : "web_api" };
        return { server, labels, state: "healthy", firstMs: Math.min(...times), lastMs: Math.max(...times) };
      });
    },
    server(name) {
      return this.servers().find(({ server }) => server === name);
    },
    async series(names = [], fromMs = 0, toMs = 0) {
      return Promise.all(names.map((name) => this.history(name, fromMs, toMs)));
    },
    history: async (server, fromMs, toMs) => {
      const startMs = Math.floor(fromMs / INTERVAL) * INTERVAL;
      const steps = Math.max(0, Math.ceil((toMs - startMs) / INTERVAL));
      const values = fake.contract.metrics.map(({ name }) => {
        const column = new Float32Array(steps).fill(Number.NaN);
        for (const row of fake.stored) {
          const at = Math.floor((row.timestampMs - startMs) / INTERVAL);
          if (row.server === server && at >= 0 && at < steps) column[at] = row.metrics[name] ?? Number.NaN;
        }
        return column;
      });
      return { server, labels: {}, startMs, steps, values };
    },
    stateChanges: async () => [{ timeMs: NOW_MS - 3_600_000, from: "healthy", to: "degraded" }],
    readRows: async () => undefined,
    sealBefore: async () => undefined,
    applyRetention: async () => undefined,
    backup: async () => undefined,
    status: () => ({
      ...{ state: fake.storeState, reason: fake.storeState === "ready" ? null : "disk full", gaps: [], servers: 3 },
      ...{ queuedRows: 0, sealedDays: [], counts },
    }),
    close: async () => undefined,
  };
}
