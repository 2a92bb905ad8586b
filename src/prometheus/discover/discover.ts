// What a database has that Forewarn could forecast: the built-in mappings are tried, and if none of them fits, a generic
// one is made from what there is.
import { ForewarnError } from "../../base/index.ts";
import type { PrometheusClient } from "../client/client.ts";
import type { MappingInput } from "../mapping/document.ts";
import { BUILT_IN_MAPPINGS, openMapping } from "../mapping/read-mapping.ts";
import { findCandidates } from "./candidates.ts";
import { genericMapping } from "./generic-mapping.ts";
import { shortcomings } from "./shortcomings.ts";
import { type MappingCoverage, tryMapping } from "./try-mapping.ts";

/** A mapping and what a database has for it. */
export interface Proposal {
  /** Built-in name, or "generic". */
  name: string;
  document: MappingInput;
  coverage: MappingCoverage;
  /** What is missing, in sentences. */
  shortcomings: readonly string[];
}

/** What was found. */
export interface Discovery {
  url: string;
  /** Version that the database names; empty if none. */
  version: string;
  metricNames: number;
  labelNames: readonly string[];
  /** Values of the label `instance`, if there is one. */
  instances: number;
  /** Mappings that were tried, the best first. */
  proposals: readonly Proposal[];
}

/** Labels that tell servers apart, the likeliest first. */
const SERVER_LABELS = ["instance", "host", "hostname", "node", "nodename", "server", "pod"];
const WITH_PORT = "^(.+?)(:\\d+)?$";
const WHOLE = "^(.+)$";
const MOST_METRICS = 12;
const HOUR_MS = 3_600_000;

/** What to look for. */
export interface DiscoverOptions {
  client: PrometheusClient;
  /** Epoch milliseconds. */
  nowMs: number;
  /** Only this mapping: a built-in name or "generic". */
  only?: string;
  /** Label that tells servers apart, for a generic mapping; found without. */
  serverLabel?: string;
}

/**
 * Looks at a database.
 * @throws ForewarnError `insufficient_data` if nothing in it can be mapped; what the client throws.
 */
export async function discover({ client, nowMs, only, serverLabel }: DiscoverOptions): Promise<Discovery> {
  const recent = [nowMs - HOUR_MS, nowMs] as const;
  const names = await client.labelValues("__name__", ...recent);
  const labelNames = await client.labelNames(...recent);
  const instances = labelNames.includes("instance") ? await client.labelValues("instance", ...recent) : [];
  const proposals: Proposal[] = [];
  const propose = async (name: string, document: MappingInput): Promise<void> => {
    const mapping = openMapping(document, name);
    const coverage = await tryMapping(client, mapping, nowMs);
    proposals.push({ name, document, coverage, shortcomings: shortcomings(mapping, coverage, nowMs) });
  };
  for (const [name, document] of Object.entries(BUILT_IN_MAPPINGS)) {
    if (only === undefined || only === name) await propose(name, document);
  }
  if (only === "generic" || (only === undefined && !proposals.some(isUsable))) {
    const label = serverLabel ?? SERVER_LABELS.find((known) => labelNames.includes(known));
    const values = label === undefined ? [] : await client.labelValues(label, ...recent);
    const candidates = label === undefined ? [] : await findCandidates(client, label, nowMs, MOST_METRICS);
    if (candidates.length > 0) await propose("generic", genericMapping(candidates, label!, patternFor(values)));
  }
  // A mapping that was asked for by name is reported on, whatever it lacks.
  if (only === undefined ? !proposals.some(isUsable) : proposals.length === 0) throw nothing(client.url, names.length);
  proposals.sort((a, b) => Number(isUsable(b)) - Number(isUsable(a)) || b.coverage.share - a.coverage.share);
  const version = await client.version();
  return { url: client.url, version, metricNames: names.length, labelNames, instances: instances.length, proposals };
}

/** Whether every metric that the contract requires has data, and some target. */
function isUsable({ coverage: { metrics } }: Proposal): boolean {
  const isThere = metrics.every(({ isRequired, servers }) => !isRequired || servers > 0);
  return isThere && metrics.some(({ isTarget, servers }) => isTarget && servers > 0);
}

/** Without the port, unless that is all that tells two servers apart. */
function patternFor(values: readonly string[]): string {
  const hosts = new Set(values.map((value) => new RegExp(WITH_PORT).exec(value)?.[1] ?? value));
  return hosts.size === values.length ? WITH_PORT : WHOLE;
}

function nothing(url: string, names: number): ForewarnError {
  return new ForewarnError(
    "insufficient_data",
    `${url}: Expected metrics of servers that change, got none among ${names} metrics of the last hour`,
    { hint: "let it scrape node_exporter, or name the label that tells servers apart with --server-label" },
  );
}
