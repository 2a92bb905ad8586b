// A small fleet of series with everything that queries trip over: resets, gaps, series that begin late or end early,
// NaN and infinities, histograms. Sample times never fall on a whole second, so no range ends exactly on a sample: there
// Prometheus 2 and 3 differ.
import { createRng, type Rng } from "../../src/base/index.ts";
import type { SourceSeries } from "../../src/promql/index.ts";

/** First scrape, a whole hour; the data last an hour and a half. */
export const DATA_START_MS = Date.UTC(2026, 0, 5, 6);
/** About the last sample. */
export const DATA_END_MS = DATA_START_MS + 90 * 60_000;

const SCRAPE_MS = 15_000;
const INSTANCES = ["demo:10000", "demo:10001", "demo:10002"];

/** One value for a scrape, or null where there is none. */
type ValueAt = (scrape: number, rng: Rng) => number | null;

/** All series, the same for the same seed. */
export function promqlData(seed: number): SourceSeries[] {
  const rng = createRng(seed);
  const series: SourceSeries[] = [];
  const add = (labels: Record<string, string>, valueAt: ValueAt) => {
    series.push(sampled(labels, valueAt, rng.fork(JSON.stringify(labels))));
  };
  for (const [i, instance] of INSTANCES.entries()) {
    const of = (__name__: string, more: Record<string, string> = {}) => ({ __name__, job: "demo", instance, ...more });
    for (const type of ["free", "used", "cached"]) {
      add(
        of("demo_memory_usage_bytes", { type }),
        (scrape) => 1e9 * (i + 1) + 1e8 * Math.sin(scrape / (type.length + 9)),
      );
    }
    for (const mode of ["idle", "user", "system"])
      add(of("demo_cpu_usage_seconds_total", { mode }), counter(rng, 90 + 50 * i));
    for (const le of ["0.1", "0.5", "1", "2.5", "+Inf"]) {
      const share = le === "+Inf" ? 1 : Number(le) / 3;
      add(of("demo_api_request_duration_seconds_bucket", { le, path: "/api" }), (scrape) =>
        Math.floor((7 + i) * scrape * share),
      );
    }
    add(of("demo_num_cpus"), () => 4 * (i + 1));
    add(of("demo_disk_usage_bytes"), (scrape, own) => 1e10 + 1e6 * scrape + 1e5 * own.uniform());
    add(of("demo_intermittent_metric"), (scrape) => ((scrape + 20 * i) % 90 < 45 ? scrape : null));
    add(
      of("demo_batch_last_success_timestamp_seconds"),
      (scrape) => DATA_START_MS / 1000 + 900 * Math.floor((scrape + i) / 60),
    );
    add(of("demo_version", { revision: `r${i % 2}` }), (scrape) => (scrape < 200 ? 6 : 7 + (i % 2)));
  }
  add({ __name__: "demo_late", instance: "demo:10000" }, (scrape) => (scrape > 180 ? scrape / 7 : null));
  add({ __name__: "demo_odd", kind: "nan" }, (scrape) => (scrape % 3 === 0 ? Number.NaN : scrape));
  add({ __name__: "demo_odd", kind: "infinite" }, (scrape) => (scrape % 5 === 0 ? Infinity : -scrape));
  add({ __name__: "demo_odd", kind: "negative" }, (scrape) => -1.5 * (1 + (scrape % 11)));
  add({ __name__: "demo_odd", kind: "large" }, (scrape) => 1e140 / (1 + scrape));
  add({ __name__: "demo_info", instance: "demo:10000", zone: "a", empty: "" }, () => 1);
  add({ __name__: "demo_info", instance: "demo:10001", zone: "b" }, () => 1);
  return series;
}

/** Counts up in steps of its own and falls to zero every `period` scrapes. */
function counter(rng: Rng, period: number): ValueAt {
  const step = 1 + 9 * rng.uniform();
  return (scrape) => (scrape % 37 === 36 ? null : step * (scrape % period));
}

function sampled(labels: Record<string, string>, valueAt: ValueAt, rng: Rng): SourceSeries {
  const timesMs: number[] = [];
  const values: number[] = [];
  const phaseMs = 2000 + Math.floor(8000 * rng.uniform());
  for (let scrape = 0; scrape * SCRAPE_MS < DATA_END_MS - DATA_START_MS; scrape++) {
    const value = valueAt(scrape, rng);
    if (value === null) continue;
    const jitterMs = 10 * Math.floor(40 * rng.uniform()) + 3;
    timesMs.push(DATA_START_MS + scrape * SCRAPE_MS + 1000 * Math.floor(phaseMs / 1000) + jitterMs);
    values.push(value);
  }
  return { labels, timesMs: Float64Array.from(timesMs), values: Float64Array.from(values) };
}

/** The series as OpenMetrics text, to be backfilled. */
export function openMetricsText(series: readonly SourceSeries[]): string {
  const lines: string[] = [];
  let family = "";
  for (const { labels, timesMs, values } of series.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
    const { __name__: name = "", ...rest } = labels;
    if (name !== family) lines.push(`# TYPE ${name} unknown`);
    family = name;
    const pairs = Object.entries(rest).filter(([, value]) => value !== "");
    const text = `${name}{${pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}}`;
    values.forEach((value, i) => {
      lines.push(`${text} ${String(value).replace("Infinity", "Inf")} ${(timesMs[i]! / 1000).toFixed(3)}`);
    });
  }
  return `${lines.join("\n")}\n# EOF\n`;
}

function nameOf({ labels }: SourceSeries): string {
  return labels["__name__"] ?? "";
}
