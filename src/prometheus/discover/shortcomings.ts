// What a database lacks for a mapping, in sentences that say what follows from it.
import { formatDuration } from "../../base/index.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { MappingCoverage } from "./try-mapping.ts";

const DAY_MS = 86_400_000;
/** Days below which training refuses, and below which a week cannot be known. */
const LEAST_DAYS = 2;
const GOOD_DAYS = 14;

/** Everything that is missing, the worst first. */
export function shortcomings(mapping: Mapping, coverage: MappingCoverage, nowMs: number): string[] {
  const { metrics, servers, sinceMs, scrapeIntervalMs } = coverage;
  const found: string[] = [];
  for (const { metric, problem } of metrics) if (problem !== null) found.push(`${metric}: ${problem}`);
  const without = metrics.filter((metric) => metric.servers === 0 && metric.problem === null);
  const list = (all: typeof metrics) => all.map(({ metric }) => metric).join(", ");
  const required = without.filter(({ isRequired }) => isRequired);
  if (required.length > 0) found.push(`no data for ${list(required)}, which the contract requires`);
  const rest = without.filter(({ isRequired }) => !isRequired);
  if (rest.length > 0 && servers > 0) found.push(`no data for ${list(rest)}: always missing, which is allowed`);
  for (const metric of metrics) {
    if (metric.servers > 0 && metric.servers < servers) {
      found.push(`${metric.metric}: only ${metric.servers} of ${servers} servers have it`);
    }
  }
  if (sinceMs !== null) {
    const days = (nowMs - sinceMs) / DAY_MS;
    if (days < LEAST_DAYS) found.push(`only ${days.toFixed(1)} days of history: training needs ${LEAST_DAYS}`);
    else if (days < GOOD_DAYS) {
      found.push(`${days.toFixed(1)} days of history: enough to train, but a weekly course needs ${GOOD_DAYS}`);
    }
  }
  if (scrapeIntervalMs !== null && scrapeIntervalMs > mapping.intervalMs / 2) {
    found.push(
      `a sample every ${formatDuration(scrapeIntervalMs)}: rates over ${formatDuration(mapping.intervalMs)} need two, ` +
        `so scrape every ${formatDuration(mapping.intervalMs / 2)} or more often, or use a contract of a longer interval`,
    );
  }
  if (mapping.contract.breachRules.length === 0) {
    found.push("the contract has no breach rules: add some, or there is nothing to be warned of");
  }
  return found;
}
