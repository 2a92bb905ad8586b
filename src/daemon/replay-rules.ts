// "Would have fired": the forecasts that a daemon has stored, replayed under the configured rules.
import { type AlertRule, type ReplayedRule, replayRules, watchedEvents } from "../alert/index.ts";
import { parseDuration } from "../base/index.ts";
import { type Contract, intervalMs } from "../contract/index.ts";
import type { Series } from "../store/index.ts";
import type { DaemonConfig } from "./config-schema.ts";
import { openForecastFiles } from "./forecast-files.ts";
import { incidentsIn } from "./incidents.ts";
import { dataPaths } from "./paths.ts";

/** What is replayed. */
export interface StoredReplay {
  config: DaemonConfig;
  contract: Contract;
  rules: readonly AlertRule[];
  fromMs: number;
  toMs: number;
  /** Measured values of a server from `fromMs` to `toMs`; null for one that is not known any more. */
  seriesOf: (server: string) => Promise<Series | null>;
}

/** What a replay tells. */
export interface ReplayReport {
  forecasts: number;
  servers: number;
  incidents: number;
  rules: ReplayedRule[];
}

/** Replays stored forecasts. All of them are held in memory: about 1 kB each. */
export async function replayStored(request: StoredReplay): Promise<ReplayReport> {
  const { config, contract, rules, fromMs, toMs, seriesOf } = request;
  const stepMs = intervalMs(contract);
  const files = await openForecastFiles(dataPaths(config.store.dataDir).forecasts, "read");
  try {
    const quantiles = rules.some(({ when }) => when === "quantile") ? "with" : "without";
    const records = await files.read({ fromMs, toMs, quantiles });
    const servers = new Set(records.map(({ server }) => server));
    const events = watchedEvents(rules);
    const incidents = [];
    for (const server of servers) {
      const series = await seriesOf(server);
      for (const event of series === null ? [] : events) {
        const column = contract.metrics.findIndex(({ name }) => name === event.metric);
        incidents.push(...incidentsIn(series!, event, column, stepMs));
      }
    }
    const replayed = replayRules({
      options: {
        rules,
        intervalMs: stepMs,
        group: { by: [], windowMs: 0 },
        graceMs: parseDuration(config.scoring.grace, "scoring.grace"),
        usefulLeadMs: parseDuration(config.scoring.usefulLead, "scoring.usefulLead"),
      },
      forecasts: [...records].sort((a, b) => a.issuedAtMs - b.issuedAtMs).map((record) => ({ record })),
      incidents,
      untilMs: toMs,
    });
    return { forecasts: records.length, servers: servers.size, incidents: incidents.length, rules: replayed };
  } finally {
    files.close();
  }
}
