// PromQL over series in memory, as a dashboard asks it, and parsing: processor time of one query, as one JSON document.
// Run: npx tsx bench/promql.bench.ts
import { instantQuery, memorySource, parseQuery, rangeQuery, type SourceSeries } from "../src/promql/index.ts";

const SCRAPE_MS = 15_000;
const HOUR_MS = 3_600_000;

/** So many counters of a fleet over so many hours, one sample every 15 s. */
function fleet(servers: number, modes: number, hours: number): SourceSeries[] {
  const count = (hours * HOUR_MS) / SCRAPE_MS;
  const timesMs = Float64Array.from({ length: count }, (_, i) => i * SCRAPE_MS);
  return Array.from({ length: servers * modes }, (_, i) => ({
    labels: {
      __name__: "node_cpu_seconds_total",
      instance: `server-${Math.floor(i / modes)}:9100`,
      job: "node",
      mode: `mode-${i % modes}`,
    },
    timesMs,
    values: timesMs.map((timeMs) => (timeMs / 1000) * ((i % 7) / 10)),
  }));
}

/** Mean milliseconds of processor time of a call, after one to warm up, over at least a second. */
async function meanCpuMs(run: () => Promise<unknown> | unknown): Promise<number> {
  await run();
  const start = process.cpuUsage();
  let runs = 0;
  let usedMs = 0;
  do {
    await run();
    runs++;
    const { user, system } = process.cpuUsage(start);
    usedMs = (user + system) / 1000;
  } while (usedMs < 1000);
  return Number((usedMs / runs).toFixed(3));
}

const hundred = memorySource(fleet(25, 4, 7));
const range = { startMs: HOUR_MS, endMs: 7 * HOUR_MS, stepMs: 60_000 };
const tenThousand = memorySource(fleet(2500, 4, 0.5));
const atMs = HOUR_MS / 2;

const document = {
  node: process.version,
  rangeOver6Hours100SeriesCpuMs: {
    selector: await meanCpuMs(() => rangeQuery("node_cpu_seconds_total", hundred, range)),
    rate5m: await meanCpuMs(() => rangeQuery("rate(node_cpu_seconds_total[5m])", hundred, range)),
    sumByRate5m: await meanCpuMs(() =>
      rangeQuery("sum by (instance) (rate(node_cpu_seconds_total[5m]))", hundred, range),
    ),
    ratio: await meanCpuMs(() =>
      rangeQuery(
        '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="mode-1"}[5m])) / on (instance) ' +
          "sum by (instance) (rate(node_cpu_seconds_total[5m]))",
        hundred,
        range,
      ),
    ),
    quantileOverTime1h: await meanCpuMs(() =>
      rangeQuery("quantile_over_time(0.9, node_cpu_seconds_total[1h])", hundred, range),
    ),
  },
  instant10000SeriesCpuMs: {
    sumByRate5m: await meanCpuMs(() =>
      instantQuery("sum by (mode) (rate(node_cpu_seconds_total[5m]))", tenThousand, atMs),
    ),
    topk: await meanCpuMs(() => instantQuery("topk(10, node_cpu_seconds_total)", tenThousand, atMs)),
    regex: await meanCpuMs(() =>
      instantQuery('count(node_cpu_seconds_total{instance=~"server-(1|2).*0:91.."})', tenThousand, atMs),
    ),
  },
  parseCpuMs: await meanCpuMs(() =>
    parseQuery('sum by (instance) (rate(m{job="node",mode!~"idle|iowait"}[5m])) / on (instance) n > 0.5'),
  ),
};
console.log(JSON.stringify(document, null, 2));
