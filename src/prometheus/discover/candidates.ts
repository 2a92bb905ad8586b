// Metrics of a database that may be worth forecasting when no built-in mapping fits: what most servers have, what
// changes, and what is named after a resource.
import type { PrometheusClient } from "../client/client.ts";

/** A metric that could be mapped. */
export interface Candidate {
  name: string;
  kind: "gauge" | "counter";
  help: string;
  /** Servers that have it now. */
  servers: number;
  /** Most series of one server. */
  seriesPerServer: number;
  /** Smallest and largest value of the last hour; of a counter, of its rate. */
  low: number;
  high: number;
}

/** What programs tell of themselves or of their scraping, and what is no measurement. */
const NOT_OF_A_SERVER =
  /^(go|process|promhttp|scrape|prometheus|alertmanager|net_conntrack|python|vm|vmagent|vminsert|vmselect|vmstorage|up$|ALERTS)(_|$)|:|_(bucket|sum|created|info|build_info|timestamp_seconds|start_time_seconds|boot_time_seconds|time_zone_offset_seconds)$/;
const RESOURCE =
  /cpu|mem|disk|load|heap|queue|backlog|latency|duration|request|error|connection|thread|pool|usage|utili[sz]ation|saturation|bytes|ratio|percent|temperature|celsius|lag/;
const MOST_NAMES = 400;
const BATCH_NAMES = 40;
const MOST_TRIED = 40;
const MOST_OF_FAMILY = 3;
const WINDOW = "1h";

/**
 * The best candidates, best first.
 * @param label The label that tells servers apart.
 */
export async function findCandidates(
  client: PrometheusClient,
  label: string,
  nowMs: number,
  most: number,
): Promise<Candidate[]> {
  const metadata = await client.metadata();
  const names = (await client.labelValues("__name__", nowMs - 3_600_000, nowMs))
    .filter((name) => !NOT_OF_A_SERVER.test(name) && /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))
    .sort((a, b) => Number(RESOURCE.test(b)) - Number(RESOURCE.test(a)))
    .slice(0, MOST_NAMES);
  const counted: Omit<Candidate, "low" | "high">[] = [];
  for (let first = 0; first < names.length; first += BATCH_NAMES) {
    const perServer = `count by (__name__, ${label}) ({__name__=~"${names.slice(first, first + BATCH_NAMES).join("|")}", ${label}!=""})`;
    const servers = await byName(client, `count by (__name__) (${perServer})`, nowMs);
    const series = await byName(client, `max by (__name__) (${perServer})`, nowMs);
    for (const [name, count] of servers) {
      const { type = "", help = "" } = metadata.get(name) ?? {};
      const kind = type === "counter" || (type !== "gauge" && /_(total|count)$/.test(name)) ? "counter" : "gauge";
      counted.push({ name, kind, help, servers: count, seriesPerServer: series.get(name) ?? 1 });
    }
  }
  counted.sort(
    (a, b) =>
      b.servers - a.servers || Number(RESOURCE.test(b.name)) - Number(RESOURCE.test(a.name)) || order(a.name, b.name),
  );
  const found: Candidate[] = [];
  for (const candidate of varied(counted).slice(0, MOST_TRIED)) {
    if (found.length === most) break;
    const range = await valueRange(client, candidate, nowMs);
    if (range !== null) found.push({ ...candidate, ...range });
  }
  return found;
}

/** Gauges and counters in turn, and few of one family, such as those that begin with node_disk. */
function varied<Counted extends Pick<Candidate, "name" | "kind">>(counted: readonly Counted[]): Counted[] {
  const families = new Map<string, number>();
  const chosen = counted.filter(({ name, kind }) => {
    const family = `${kind} ${name.split("_").slice(0, 2).join("_")}`;
    const members = (families.get(family) ?? 0) + 1;
    families.set(family, members);
    return members <= MOST_OF_FAMILY;
  });
  const gauges = chosen.filter(({ kind }) => kind === "gauge");
  const counters = chosen.filter(({ kind }) => kind === "counter");
  const pairs = Math.max(gauges.length, counters.length);
  return Array.from({ length: pairs }, (_, i) => [...gauges.slice(i, i + 1), ...counters.slice(i, i + 1)]).flat();
}

async function byName(client: PrometheusClient, query: string, nowMs: number): Promise<Map<string, number>> {
  const series = await client.query(query, nowMs);
  return new Map(series.map(({ labels, values }) => [labels["__name__"] ?? "", values[0] ?? 0]));
}

/** The range of its values, or null if it never changed. */
async function valueRange(
  client: PrometheusClient,
  { name, kind }: Pick<Candidate, "name" | "kind">,
  nowMs: number,
): Promise<{ low: number; high: number } | null> {
  const one = async (query: string) => (await client.query(query, nowMs))[0]?.values[0] ?? Number.NaN;
  if (!((await one(`count(changes(${name}[${WINDOW}]) > 0)`)) > 0)) return null;
  if (kind === "counter") return { low: 0, high: await one(`max(rate(${name}[${WINDOW}]))`) };
  const low = await one(`min(min_over_time(${name}[${WINDOW}]))`);
  const high = await one(`max(max_over_time(${name}[${WINDOW}]))`);
  return { low, high };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
