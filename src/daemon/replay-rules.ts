// "Would have fired": the forecasts that a daemon has stored, replayed under the configured rules.
import {
  type AlertRule,
  createThresholdReplay,
  type RecordedIncident,
  type ReplayedRule,
  type ReplayGrid,
  replayRule,
  tooLittleToJudge,
  type WatchedEvent,
} from "../alert/index.ts";
import { ForewarnError, parseDuration } from "../base/index.ts";
import { type Contract, intervalMs } from "../contract/index.ts";
import type { Series } from "../store/index.ts";
import { createBreather } from "./breather.ts";
import type { DaemonConfig } from "./config-schema.ts";
import { openForecastFiles } from "./forecast-files.ts";
import { incidentsIn } from "./incidents.ts";
import { dataPaths } from "./paths.ts";
import { readQuantileLanes } from "./quantile-lanes.ts";
import { readProbabilities } from "./stored-probabilities.ts";

/** Reads the measured values of a server from a time on; null for one that is not known any more. */
type ReadSeries = (server: string, fromMs: number) => Promise<Series | null>;

/** What is replayed. */
export interface StoredReplay {
  config: DaemonConfig;
  contract: Contract;
  rules: readonly AlertRule[];
  fromMs: number;
  toMs: number;
  seriesOf: ReadSeries;
}

/** What a replay tells. */
export interface ReplayReport {
  forecasts: number;
  servers: number;
  incidents: number;
  /** Why the figures may be chance; empty when there is enough. */
  tooLittle: string[];
  rules: ReplayedRule[];
}

/** What stored forecasts say about one rule: a lane for each server, with how some of them are replayed. */
interface RuleLanes {
  ticksMs: Float64Array;
  lanes: readonly { server: string; originsMs: Float64Array }[];
  forecasts: number;
  /** @param places Of the lanes of `grid` in `lanes`. */
  replay: (grid: ReplayGrid, places: readonly number[]) => Generator<void, Omit<ReplayedRule, "rule">>;
}

/** Replays stored forecasts, one rule after another: about 30 bytes of memory for each forecast. */
export async function replayStored(request: StoredReplay): Promise<ReplayReport> {
  const { config, contract, rules, fromMs, toMs, seriesOf } = request;
  const settings = {
    untilMs: toMs,
    intervalMs: intervalMs(contract),
    graceMs: parseDuration(config.scoring.grace, "scoring.grace"),
    usefulLeadMs: parseDuration(config.scoring.usefulLead, "scoring.usefulLead"),
  };
  const incidents = new Map<string, Map<string, RecordedIncident[]>>();
  const report: ReplayReport = { forecasts: 0, servers: 0, incidents: 0, tooLittle: [], rules: [] };
  let spanMs = 0;
  for (const rule of rules) {
    const { ticksMs, lanes, forecasts, replay } = await lanesOf(rule, request);
    const servers = lanes.map(({ server }) => server);
    const known =
      incidents.get(rule.event.id) ??
      (await incidentsOf(servers, rule.event, { contract, seriesOf, fromMs: ticksMs[0] ?? fromMs }));
    incidents.set(rule.event.id, known);
    const places = [...lanes.keys()].filter((place) => known.has(lanes[place]!.server));
    const judged = places.map((place) => ({ ...lanes[place]!, incidents: known.get(lanes[place]!.server)! }));
    const { alerts, open, record } = runAll(replay({ ...settings, ticksMs, lanes: judged }, places));
    report.rules.push({ rule: rule.id, alerts, open, record });
    report.forecasts = Math.max(report.forecasts, forecasts);
    report.servers = Math.max(report.servers, judged.length);
    spanMs = Math.max(spanMs, forecasts === 0 ? 0 : ticksMs.at(-1)! - ticksMs[0]!);
  }
  for (const known of incidents.values()) for (const own of known.values()) report.incidents += own.length;
  return { ...report, tooLittle: tooLittleToJudge({ ...report, spanMs }) };
}

/**
 * Incidents of an event that began from `fromMs` on, by server. What lasted then already is told by the values before it.
 * Servers whose values are not there any more are left out: nobody can say how their alerts came out.
 */
export async function incidentsOf(
  servers: readonly string[],
  event: WatchedEvent,
  { contract, seriesOf, fromMs }: { contract: Contract; seriesOf: ReadSeries; fromMs: number },
): Promise<Map<string, RecordedIncident[]>> {
  const stepMs = intervalMs(contract);
  const column = contract.metrics.findIndex(({ name }) => name === event.metric);
  const beginMs = fromMs - (event.clearSteps + event.forSteps) * stepMs;
  const incidents = new Map<string, RecordedIncident[]>();
  const breathe = createBreather();
  for (const server of servers) {
    const series = await seriesOf(server, beginMs);
    await breathe();
    if (series === null) continue;
    const found = incidentsIn(series, event, column, stepMs);
    incidents.set(
      server,
      found.filter(({ onsetMs }) => onsetMs >= fromMs),
    );
  }
  return incidents;
}

async function lanesOf(rule: AlertRule, { config, fromMs, toMs }: StoredReplay): Promise<RuleLanes> {
  const directory = dataPaths(config.store.dataDir).forecasts;
  if (rule.when === "breach") {
    const range = { rule: rule.event.id, fromMs, toMs, mostForecasts: Number.POSITIVE_INFINITY };
    const { ticksMs, withinMs, lanes, models } = await readProbabilities(directory, range);
    const horizon = withinMs.indexOf(rule.withinMs);
    const silent = () => new Float32Array(ticksMs.length).fill(Number.NaN);
    return {
      ...{ ticksMs, lanes },
      forecasts: models.reduce((sum, model) => sum + model.forecasts, 0),
      replay: (grid, places) =>
        createThresholdReplay(
          grid,
          places.map((place) => lanes[place]!.probabilities[horizon] ?? silent()),
        )(rule, rule),
    };
  }
  const { lanes, ...read } = await quantileLanes(rule, directory, { fromMs, toMs });
  const replay: RuleLanes["replay"] = (grid, places) =>
    replayRule(rule, grid, (lane) => lanes[places[lane]!]!.readings);
  return { ...read, lanes, replay };
}

async function quantileLanes(rule: AlertRule, directory: string, range: { fromMs: number; toMs: number }) {
  const files = await openForecastFiles(directory, "read");
  const read = () => readQuantileLanes(rule, files, range);
  try {
    return await read().catch((error: unknown) => {
      // The files of a day's ticks become one while the daemon goes on.
      if (error instanceof ForewarnError) throw error;
      return read();
    });
  } finally {
    files.close();
  }
}

function runAll<Result>(pieces: Generator<void, Result>): Result {
  for (;;) {
    const piece = pieces.next();
    if (piece.done) return piece.value;
  }
}
