import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openDuckDb, queryRows, sqlText } from "../../store/index.ts";
import type { SimulationOptions } from "../options.ts";
import { DAY_MS, HOUR_MS } from "../random.ts";
import { simulateToDataSet } from "../to-data-set.ts";
import { continueDataSet, type LivePlan, planLive } from "./plan.ts";
import { type LiveOptions, type LiveSummary, runLive } from "./run-live.ts";

const directory = mkdtempSync(join(tmpdir(), "forewarn-live-"));
afterAll(() => rmSync(directory, { recursive: true }));

type Row = Record<string, string | number>;

interface Played {
  rows: Row[];
  /** Moment on the clock and number of rows of every delivery. */
  sent: { atMs: number; rows: number }[];
  summary: LiveSummary;
}

/** Plays a plan on a clock that only waiting moves; `deliver` may take its time on it. */
async function play(
  plan: LivePlan,
  options: LiveOptions,
  deliver: (clock: { nowMs: number }, rows: readonly string[], abort: () => void) => number = (_, rows) => rows.length,
): Promise<Played> {
  const clock = { nowMs: 5_000_000 };
  const controller = new AbortController();
  const rows: Row[] = [];
  const sent: Played["sent"] = [];
  const summary = await runLive(plan, options, {
    now: () => clock.nowMs,
    wait: async (ms) => {
      clock.nowMs += ms;
    },
    send: async (texts) => {
      sent.push({ atMs: clock.nowMs - 5_000_000, rows: texts.length });
      rows.push(...texts.map((text) => JSON.parse(text) as Row));
      return deliver(clock, texts, () => controller.abort());
    },
    signal: controller.signal,
  });
  return { rows, sent, summary };
}

/** Rows of a data set from a time on, as the feed writes them. */
async function storedRows(path: string, fromMs: number): Promise<Row[]> {
  const db = await openDuckDb();
  const files = sqlText(join(path, "rows", "*.parquet"));
  const rows = await queryRows(
    db,
    `SELECT * REPLACE (epoch_ms("timestamp") AS "timestamp") FROM read_parquet(${files})
     WHERE "timestamp" >= epoch_ms(${fromMs}) ORDER BY "timestamp", "server"`,
  );
  db.closeSync();
  return rows.map((row) => {
    const present = Object.entries(row).filter(([, value]) => value !== null);
    return { ...Object.fromEntries(present), timestamp: new Date(row["timestamp"] as number).toISOString() } as Row;
  });
}

const options: SimulationOptions = { servers: 9, hours: 30, intervalMs: 300_000, seed: 5, incidentRate: 6 };
const START_MS = Date.UTC(2026, 0, 5);

describe("a feed that continues a data set", () => {
  test("sends exactly the rows that a longer data set has, bit for bit", async () => {
    const short = join(directory, "short");
    const long = join(directory, "long");
    await simulateToDataSet(short, options, "0.0.0");
    await simulateToDataSet(long, { ...options, hours: 60 }, "0.0.0");
    const { rows, summary } = await play(continueDataSet(short), { speed: 60, lengthMs: 30 * HOUR_MS });
    const stored = await storedRows(long, START_MS + 30 * HOUR_MS);
    expect(stored.length).toBeGreaterThan(9 * 12 * 29);
    expect(rows).toEqual(stored);
    expect(rows.some(({ notes }) => notes !== undefined)).toBe(true);
    expect(summary).toMatchObject({ instants: 360, rows: stored.length, undelivered: 0, lateInstants: 0 });
  });

  test("goes on with the data set's story where it stands, or tells a new one from there", async () => {
    const path = join(directory, "story");
    await simulateToDataSet(path, { ...options, hours: 6, scenario: "cascade", clockSkewMs: 90_000 }, "0.0.0");
    const plan = continueDataSet(path);
    expect(plan).toMatchObject({ fromMs: START_MS + 6 * HOUR_MS, storyMs: START_MS + HOUR_MS, clockSkewMs: 90_000 });
    expect(continueDataSet(path, "critical").storyMs).toBe(plan.fromMs);
    const { rows } = await play(plan, { speed: 1, lengthMs: HOUR_MS });
    const again = await play(continueDataSet(path, "critical"), { speed: 1, lengthMs: 5 * HOUR_MS });
    expect(rows.some(({ timestamp }) => !String(timestamp).endsWith(":00.000Z"))).toBe(true);
    const severe = again.rows.filter(({ state }) => state === "critical").map(({ server }) => server);
    expect(new Set(severe).size).toBeGreaterThanOrEqual(2);
  });
});

test("a feed that begins with its fleet sends the rows of a data set of the same options, so it has its statistics", async () => {
  const path = join(directory, "batch");
  const { hours, ...rest } = { ...options, startMs: START_MS + 3 * DAY_MS, clockSkewMs: 20_000 };
  await simulateToDataSet(path, { ...rest, hours }, "0.0.0");
  const { rows } = await play(planLive(rest), { speed: 1000, lengthMs: hours * HOUR_MS });
  const order = (row: Row) => `${row["timestamp"]} ${row["server"]}`;
  const sorted = rows.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  expect(sorted).toEqual(await storedRows(path, 0));
});

test("a feed has the distributions and the memory of the data set that it continues", async () => {
  const path = join(directory, "week");
  const week = { servers: 14, hours: 168, intervalMs: 900_000, seed: 2, incidentRate: 0 };
  await simulateToDataSet(path, week, "0.0.0");
  const { rows } = await play(continueDataSet(path), { speed: 60, lengthMs: 7 * DAY_MS });
  const stored = await storedRows(path, 0);
  const servers = [...new Set(stored.map((row) => row["server"]))];
  const metrics = ["cpu_pct", "mem_pct", "load_average", "disk_io_mb_s", "net_in_mb_s", "latency_ms", "gc_pause_ms"];
  for (const metric of metrics) {
    // Logarithms, as most metrics have heavy tails; jobs and campaigns of one week are not those of the next.
    const fleetOf = (all: Row[]) =>
      servers.map((server) =>
        statistics(all.filter((row) => row["server"] === server).map((row) => Math.log1p(row[metric] as number))),
      );
    const [batch, live] = [fleetOf(stored), fleetOf(rows)];
    const of = (fleet: typeof batch, part: keyof (typeof batch)[number]) => average(fleet.map((one) => one[part]));
    const deviation = of(batch, "deviation");
    expect(Math.abs(of(live, "mean") - of(batch, "mean")) / deviation, `mean of ${metric}`).toBeLessThan(0.2);
    expect(Math.abs(of(live, "deviation") / deviation - 1), `deviation of ${metric}`).toBeLessThan(0.2);
    for (const lag of ["next", "hour", "day"] as const) {
      expect(Math.abs(of(live, lag) - of(batch, lag)), `memory of ${metric} over a ${lag}`).toBeLessThan(0.1);
    }
  }
});

const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean, standard deviation, and autocorrelations to the next row, over an hour and over a day of 15-minute rows. */
function statistics(values: readonly number[]) {
  const mean = average(values);
  const covariance = (lag: number): number =>
    average(values.slice(lag).map((value, at) => (value - mean) * (values[at]! - mean)));
  const variance = covariance(0);
  return {
    ...{ mean, deviation: Math.sqrt(variance) },
    ...{ next: covariance(1) / variance, hour: covariance(4) / variance, day: covariance(96) / variance },
  };
}

describe("the pace", () => {
  const plan = planLive({ servers: 2, intervalMs: 60_000, seed: 1 });

  test("is one interval divided by the speed, without drift", async () => {
    const { sent } = await play(plan, { speed: 7, lengthMs: 2 * HOUR_MS });
    expect(sent).toHaveLength(120);
    sent.forEach(({ atMs }, k) => {
      expect(atMs).toBeCloseTo((k * 60_000) / 7, 6);
    });
  });

  test("catches up after a slow delivery and counts the instants that were late", async () => {
    let deliveries = 0;
    const { sent, summary } = await play(plan, { speed: 60, lengthMs: HOUR_MS }, (clock, rows) => {
      deliveries += 1;
      if (deliveries === 10) clock.nowMs += 4500;
      return rows.length;
    });
    expect(sent.slice(9, 16).map(({ atMs }) => Math.round(atMs))).toEqual([
      9000, 13500, 13500, 13500, 13500, 14000, 15000,
    ]);
    expect(summary).toMatchObject({ instants: 60, lateInstants: 3, undelivered: 0 });
  });

  test("ends after the instant in which it is interrupted, with an account of what was delivered", async () => {
    let deliveries = 0;
    const { summary } = await play(plan, { speed: 60, lengthMs: null }, (_, rows, abort) => {
      deliveries += 1;
      if (deliveries === 5) abort();
      return deliveries === 3 ? 0 : rows.length;
    });
    expect(summary).toEqual({ instants: 5, rows: 10, undelivered: 2, lateInstants: 0, lastMs: plan.fromMs + 240_000 });
  });

  test("late rows and repeats that are under way at the end are sent then", async () => {
    const faults = { duplicateRate: 0.3, lateRate: 0.5, longestDelayMs: HOUR_MS };
    const clean = await play(plan, { speed: 60, lengthMs: HOUR_MS });
    const { rows, summary } = await play(plan, { speed: 60, lengthMs: HOUR_MS, faults });
    expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(
      new Set(clean.rows.map((row) => JSON.stringify(row))),
    );
    expect(summary.rows).toBe(rows.length);
    expect(rows.length).toBeGreaterThan(1.15 * clean.rows.length);
  });

  test("a delivery that fails for good leaves the account behind", async () => {
    const summary = { instants: 0, rows: 0, undelivered: 0, lateInstants: 0, lastMs: null };
    const world = {
      ...{ now: () => 0, wait: async () => undefined, signal: new AbortController().signal },
      send: async (rows: readonly string[]): Promise<number> => {
        if (summary.instants === 3) throw new Error("refused");
        return rows.length;
      },
    };
    await expect(runLive(plan, { speed: 1e6, lengthMs: HOUR_MS }, world, summary)).rejects.toThrow("refused");
    expect(summary).toMatchObject({ instants: 3, rows: 6, undelivered: 2 });
  });
});

test.each([
  [{ servers: 0, intervalMs: 60_000, seed: 1 }, "usage_invalid"],
  [{ servers: 1, intervalMs: 7_000, seed: 1 }, "interval_mismatch"],
])("a plan of %j is refused", (given, code) => {
  expect(() => planLive(given)).toThrow(expect.objectContaining({ code }));
});
