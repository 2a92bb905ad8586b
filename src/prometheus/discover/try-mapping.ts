// A mapping tried on a database: which of its metrics have data now, for how many servers, and since when.
import { type ErrorCode, ForewarnError } from "../../base/index.ts";
import { parseQuery, printQuery, type VectorSelector } from "../../promql/index.ts";
import type { PrometheusClient } from "../client/client.ts";
import { columnsByServer } from "../mapping/by-server.ts";
import type { Evaluate } from "../mapping/evaluator.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { clientEvaluator } from "../pull/range-evaluator.ts";
import { scrapeIntervalMs } from "./scrape-interval.ts";
import { firstSelector } from "./selectors.ts";

/** What a database has for one metric of a contract. */
export interface MetricCoverage {
  metric: string;
  isTarget: boolean;
  isRequired: boolean;
  /** Servers with a value now, or {@link EARLIER_MS} ago if none has one now; 0 for a metric without an expression. */
  servers: number;
  /** Why the expression could not be evaluated. */
  problem: string | null;
}

/** What a database has for a mapping. */
export interface MappingCoverage {
  /** In the order of the contract. */
  metrics: readonly MetricCoverage[];
  /** Servers with a value of any metric now. */
  servers: number;
  /** Share of servers times metrics that have a value, 0 to 1. */
  share: number;
  /** When its servers begin to be measured, epoch milliseconds, to within five minutes and at most 100 days back; null without data. */
  sinceMs: number | null;
  /** Median distance of its samples; null if unknown. */
  scrapeIntervalMs: number | null;
}

/** Errors that say something about an expression, and not about the database. */
const OF_THE_EXPRESSION: readonly ErrorCode[] = [
  "prometheus_refused",
  "prometheus_failed",
  "server_missing",
  "server_ambiguous",
];
/** A database that was restarted has no rates for some minutes, and still has what it scraped before. */
const EARLIER_MS = 30 * 60_000;
const HISTORY_STEP_MS = 6 * 3_600_000;
const CLOSE_STEP_MS = 5 * 60_000;
const HISTORY_STEPS = 400;

/** Tries every expression at the instant `nowMs`, and those that have no value then a little earlier. */
export async function tryMapping(client: PrometheusClient, mapping: Mapping, nowMs: number): Promise<MappingCoverage> {
  const servers = new Set<string>();
  const metrics: MetricCoverage[] = [];
  for (const { name, role, required } of mapping.contract.metrics) {
    const current = await serversOf(client, mapping, name, nowMs);
    const isSilent = current.servers.size === 0 && current.problem === null;
    const found = isSilent ? await serversOf(client, mapping, name, nowMs - EARLIER_MS) : current;
    for (const server of found.servers) servers.add(server);
    const coverage = { metric: name, isTarget: role === "target", isRequired: required };
    metrics.push({ ...coverage, servers: found.servers.size, problem: found.problem });
  }
  const values = metrics.reduce((sum, metric) => sum + metric.servers, 0);
  const main = mapping.metrics.find(({ metric }) =>
    metrics.some((one) => one.metric === metric.name && one.servers > 0),
  );
  const selector = main === undefined ? undefined : firstSelector(parseQuery(main.expression));
  return {
    metrics,
    servers: servers.size,
    share: servers.size === 0 ? 0 : values / (servers.size * metrics.length),
    sinceMs:
      main === undefined ? null : await beginning(clientEvaluator(client), mapping.present ?? main.expression, nowMs),
    scrapeIntervalMs: selector === undefined ? null : await scrapeIntervalMs(client, plain(selector), nowMs),
  };
}

async function serversOf(
  client: PrometheusClient,
  mapping: Mapping,
  name: string,
  timeMs: number,
): Promise<{ servers: Set<string>; problem: string | null }> {
  const mapped = mapping.metrics.find(({ metric }) => metric.name === name);
  if (mapped === undefined) return { servers: new Set(), problem: null };
  try {
    const series = (await client.query(mapped.expression, timeMs)).filter(({ values }) => !Number.isNaN(values[0]));
    const columns = columnsByServer(mapping, `metrics.${name}`, series, { startMs: timeMs, endMs: timeMs, stepMs: 1 });
    return { servers: new Set(columns.keys()), problem: null };
  } catch (error) {
    if (!(error instanceof ForewarnError) || !OF_THE_EXPRESSION.includes(error.code)) throw error;
    return { servers: new Set(), problem: error.message };
  }
}

/** The first of some coarse steps at which an expression has a value, then more closely. */
async function beginning(evaluate: Evaluate, expression: string, endMs: number): Promise<number | null> {
  const first = async (startMs: number, endMs: number, stepMs: number): Promise<number | null> => {
    const [count] = await evaluate(`count(${expression})`, { startMs, endMs, stepMs });
    const step = count?.values.findIndex((value) => !Number.isNaN(value)) ?? -1;
    return step < 0 ? null : startMs + step * stepMs;
  };
  const coarseMs = await first(endMs - HISTORY_STEPS * HISTORY_STEP_MS, endMs, HISTORY_STEP_MS);
  if (coarseMs === null) return null;
  return (await first(coarseMs - HISTORY_STEP_MS, coarseMs, CLOSE_STEP_MS)) ?? coarseMs;
}

/** A selector without offset and @. */
function plain(selector: VectorSelector): string {
  return printQuery({ ...selector, offsetMs: 0, at: null });
}
