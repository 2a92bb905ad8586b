// Can the incidents be foreseen? An oracle that knows a server's ordinary work and the shape of a kind looks at the
// metrics 20 minutes before the breach. It must find the foreseeable kinds and be no better than chance at the others.
import { describe, expect, test } from "vitest";
import { FIVE_MINUTES_MS, type RecordedServer, recordFleet, START_MS } from "../../test/helpers/recorded-fleet.ts";
import type { IncidentTruth } from "../store/index.ts";
import { FORESEEABLE_KINDS } from "./incidents/incident.ts";

const options = { servers: 90, hours: 24 * 21, intervalMs: FIVE_MINUTES_MS, seed: 11, incidentRate: 2 };
const AHEAD_STEPS = 4; // 20 minutes
const LOOK_STEPS = 3;
const SMOOTHING_STEPS = 12;
/** Share of quiet moments at which the oracle may cry wolf. */
const FALSE_ALARMS = 0.01;

/** What each kind raises (or lowers, with a minus). */
const SIGNATURES: Record<(typeof FORESEEABLE_KINDS)[number], readonly string[]> = {
  memory_leak: ["mem_pct"],
  disk_fill: ["disk_pct"],
  queue_growth: ["cpu_pct", "latency_ms"],
  batch_overload: ["net_in_mb_s", "disk_io_mb_s"],
  noisy_neighbour: ["load_average", "latency_ms"],
  pool_exhaustion: ["mem_pct", "latency_ms"],
  thermal_throttling: ["cpu_pct", "-net_out_mb_s"],
  deploy_regression: ["cpu_pct", "latency_ms"],
  retry_storm: ["error_rate", "latency_ms"],
};
const METRICS = [...new Set(Object.values(SIGNATURES).flat())].map((name) => name.replace("-", ""));

const fleet = recordFleet(options);
const calm = recordFleet({ ...options, incidentRate: 0 });
const surprises = fleet.map((server, index) => surprisesOf(server, calm[index]!));

/** Deviation of each metric from the server's ordinary work, in deviations of that when nothing is wrong. */
function surprisesOf(server: RecordedServer, ordinary: RecordedServer): Record<string, Float64Array> {
  return Object.fromEntries(
    METRICS.map((metric) => {
      const space = (values: Float64Array): Float64Array =>
        metric.endsWith("_pct") ? values : values.map((value) => Math.log(value + 1e-6));
      const expected = smooth(space(ordinary.metrics[metric]!));
      const noise = space(ordinary.metrics[metric]!).map((value, step) => value - expected[step]!);
      const deviation = Math.sqrt(meanOf(noise.map((value) => value * value)));
      return [
        metric,
        space(server.metrics[metric]!).map((value, step) => (value - expected[step]!) / (deviation + 1e-3)),
      ];
    }),
  );
}

function smooth(values: Float64Array): Float64Array {
  return values.map((_, step) =>
    meanOf(values.subarray(Math.max(0, step - SMOOTHING_STEPS), step + SMOOTHING_STEPS + 1)),
  );
}

function meanOf(values: Float64Array): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return sum / count;
}

/** How much the last quarter of an hour before a step looks like a kind; NaN without rows. */
function likeness(server: number, kind: (typeof FORESEEABLE_KINDS)[number], step: number): number {
  if (step < LOOK_STEPS) return Number.NaN;
  const parts = SIGNATURES[kind].map((name) => {
    const sign = name.startsWith("-") ? -1 : 1;
    return sign * meanOf(surprises[server]![name.replace("-", "")]!.subarray(step - LOOK_STEPS, step));
  });
  return parts.reduce((sum, value) => sum + value, 0) / parts.length;
}

/** Steps at which nothing is wrong with a server, every two hours. */
const quiet = fleet.flatMap(({ truth }, server) =>
  Array.from({ length: Math.floor((options.hours - 2) / 2) }, (_, i) => ({ server, step: (i + 1) * 24 })).filter(
    ({ step }) => {
      const timeMs = START_MS + step * FIVE_MINUTES_MS;
      return truth.every(
        ({ precursorStartMs, breachStartMs, breachEndMs }) =>
          timeMs < (precursorStartMs ?? breachStartMs!) || timeMs > (breachEndMs ?? precursorStartMs!) + 24 * 3_600_000,
      );
    },
  ),
);

/** The value that likeness exceeds at the given share of quiet moments. */
function quietThreshold(likenessAt: (server: number, step: number) => number, share: number): number {
  const values = quiet.map(({ server, step }) => likenessAt(server, step)).filter((value) => !Number.isNaN(value));
  return values.sort((a, b) => a - b)[Math.ceil((1 - share) * values.length)]!;
}

function stepBefore({ breachStartMs }: IncidentTruth): number {
  return Math.floor((breachStartMs! - START_MS) / FIVE_MINUTES_MS) - AHEAD_STEPS;
}

describe("foreseeable kinds are seen 20 minutes ahead in 95 of 100 cases, at one false alarm in 100 quiet moments", () => {
  test.each(FORESEEABLE_KINDS)("%s", (kind) => {
    const threshold = quietThreshold((server, step) => likeness(server, kind, step), FALSE_ALARMS);
    const seen = fleet.flatMap(({ truth }, server) =>
      truth
        .filter((incident) => incident.kind === kind && incident.breachStartMs !== null)
        .map((incident) => likeness(server, kind, stepBefore(incident)))
        .filter((value) => !Number.isNaN(value))
        .map((value) => value > threshold),
    );
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.filter(Boolean).length / seen.length).toBeGreaterThanOrEqual(0.95);
  });
});

test("sudden kinds are seen no more often than quiet moments", () => {
  const highest = (server: number, step: number): number =>
    Math.max(...FORESEEABLE_KINDS.map((kind) => likeness(server, kind, step)));
  const threshold = quietThreshold(highest, 0.1);
  const seen = fleet.flatMap(({ truth }, server) =>
    truth
      .filter(({ foreseeable, breachStartMs }) => !foreseeable && breachStartMs !== null)
      .map((incident) => highest(server, stepBefore(incident)))
      .filter((value) => !Number.isNaN(value))
      .map((value) => value > threshold),
  );
  expect(seen.length).toBeGreaterThan(25);
  // Three standard errors above the share of quiet moments.
  expect(seen.filter(Boolean).length / seen.length).toBeLessThan(0.1 + 3 * Math.sqrt((0.1 * 0.9) / seen.length));
});
