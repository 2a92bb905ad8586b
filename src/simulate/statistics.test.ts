// What a capacity engineer would check: levels, couplings, memory in time, how often things fail, and that none of it
// depends on how often the fleet is sampled.
import { describe, expect, test } from "vitest";
import { FIVE_MINUTES_MS, type RecordedServer, RULES, recordFleet } from "../../test/helpers/recorded-fleet.ts";
import { breachOnsets, fleetContract } from "../contract/index.ts";
import { FORESEEABLE_KINDS, SUDDEN_KINDS } from "./incidents/incident.ts";

const DAYS = 28;
const fleet = recordFleet({ servers: 60, hours: DAYS * 24, intervalMs: FIVE_MINUTES_MS, seed: 42 });
const calm = recordFleet({ servers: 15, hours: 14 * 24, intervalMs: FIVE_MINUTES_MS, seed: 42, incidentRate: 0 });
const truth = fleet.flatMap((server) => server.truth);

function valuesOf(servers: readonly RecordedServer[], profile: string, metric: string): Float64Array {
  const all = servers.filter((server) => server.profile === profile).map(({ metrics }) => metrics[metric]!);
  return Float64Array.from(all.flatMap((values) => [...values].filter((value) => !Number.isNaN(value))));
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

function correlation(a: Float64Array, b: Float64Array, lag = 0): number {
  const pairs: [number, number][] = [];
  for (let i = 0; i + lag < a.length; i++) {
    if (!Number.isNaN(a[i]!) && !Number.isNaN(b[i + lag]!)) pairs.push([a[i]!, b[i + lag]!]);
  }
  const [meanA, meanB] = [mean(pairs.map(([x]) => x)), mean(pairs.map(([, y]) => y))];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [x, y] of pairs) {
    ab += (x - meanA) * (y - meanB);
    aa += (x - meanA) ** 2;
    bb += (y - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

describe("levels without incidents", () => {
  test.each([
    ["web_api", 15, 45],
    ["database", 15, 45],
    ["ml_compute", 25, 60],
    ["conductor_mgmt", 18, 35],
    ["data_ingest", 15, 45],
    ["risk_analytics", 12, 40],
    ["generic", 12, 40],
  ])("%s: mean CPU between %d and %d %%, the highest hundredth below the threshold", (profile, low, high) => {
    const cpu = valuesOf(calm, profile, "cpu_pct").sort();
    expect(mean(cpu)).toBeGreaterThan(low);
    expect(mean(cpu)).toBeLessThan(high);
    expect(cpu[Math.floor(0.99 * cpu.length)]).toBeLessThan(90);
  });

  test("ordinary work breaches at most once per server and month", () => {
    const peaks = calm.flatMap((server) => server.truth);
    expect(peaks.every(({ kind }) => kind === "demand_peak")).toBe(true);
    expect(peaks.length).toBeLessThan(15 * 0.5);
  });
});

describe("couplings", () => {
  const web = calm.find(({ server }) => server === "ppweb001")!.metrics;
  const database = calm.find(({ server }) => server === "ppdb001")!.metrics;
  const ml = calm.find(({ server }) => server === "ppml0001")!.metrics;

  test("users drive CPU, network and latency of a web server", () => {
    expect(correlation(web["cpu_pct"]!, web["net_out_mb_s"]!)).toBeGreaterThan(0.8);
    expect(correlation(web["cpu_pct"]!, web["net_in_mb_s"]!)).toBeGreaterThan(0.8);
    expect(correlation(web["cpu_pct"]!, web["load_average"]!)).toBeGreaterThan(0.9);
    expect(correlation(web["cpu_pct"]!, web["latency_ms"]!)).toBeGreaterThan(0.4);
  });

  test("a database's disk traffic goes with its work", () => {
    expect(correlation(database["cpu_pct"]!, database["disk_io_mb_s"]!)).toBeGreaterThan(0.6);
  });

  test("a job takes CPU and memory of a compute server together", () => {
    expect(correlation(ml["cpu_pct"]!, ml["mem_pct"]!)).toBeGreaterThan(0.8);
  });

  test("latency and the run queue grow faster than CPU near its end, memory near its end brings long pauses", () => {
    const at = (metric: string, by: string, low: number, high: number): number => {
      const picked = fleet
        .filter(({ profile }) => profile === "web_api")
        .flatMap(({ metrics }) =>
          [...metrics[metric]!].filter((_, step) => metrics[by]![step]! >= low && metrics[by]![step]! < high),
        );
      return mean(picked);
    };
    expect(at("latency_ms", "cpu_pct", 93, 101)).toBeGreaterThan(4 * at("latency_ms", "cpu_pct", 40, 60));
    expect(at("load_average", "cpu_pct", 96, 101) / 97).toBeGreaterThan(
      1.2 * (at("load_average", "cpu_pct", 40, 60) / 50),
    );
    expect(at("gc_pause_ms", "mem_pct", 92, 101)).toBeGreaterThan(5 * at("gc_pause_ms", "mem_pct", 35, 55));
  });
});

describe("memory in time", () => {
  const web = calm.find(({ server }) => server === "ppweb002")!.metrics["cpu_pct"]!;

  test("near values are alike, days repeat, weekends are quieter", () => {
    expect(correlation(web, web, 1)).toBeGreaterThan(0.93);
    expect(correlation(web, web, 288)).toBeGreaterThan(0.6);
    expect(correlation(web, web, 144)).toBeLessThan(0);
    const day = (number: number): number => {
      return mean(web.subarray(number * 288, (number + 1) * 288).filter((value) => value >= 0));
    };
    expect(day(5) + day(6)).toBeLessThan(0.8 * (day(1) + day(2)));
  });

  test("five minutes or thirty seconds: the same mean, spread and memory", () => {
    const options = { servers: 3, hours: 24 * 7, seed: 3, incidentRate: 0 };
    const coarse = recordFleet({ ...options, intervalMs: FIVE_MINUTES_MS });
    const fine = recordFleet({ ...options, intervalMs: 30_000 });
    for (const metric of ["cpu_pct", "latency_ms", "net_in_mb_s", "mem_pct"]) {
      for (const [index, { metrics }] of coarse.entries()) {
        const a = metrics[metric]!;
        const b = fine[index]!.metrics[metric]!;
        const [sa, sb] = [a, b].map((values) => values.filter((value) => !Number.isNaN(value)).sort());
        for (const share of [0.1, 0.5, 0.9]) {
          const [x, y] = [sa![Math.floor(share * sa!.length)]!, sb![Math.floor(share * sb!.length)]!];
          expect(Math.abs(x - y)).toBeLessThan(0.12 * Math.max(x, y));
        }
        expect(Math.abs(correlation(a, a, 6) - correlation(b, b, 60))).toBeLessThan(0.2);
      }
    }
  });
});

describe("incidents", () => {
  const kinds = new Map<string, typeof truth>();
  for (const incident of truth) kinds.set(incident.kind, [...(kinds.get(incident.kind) ?? []), incident]);

  test("every kind happens; one incident per server and week, give or take", () => {
    for (const kind of [...FORESEEABLE_KINDS, ...SUDDEN_KINDS]) expect(kinds.has(kind), kind).toBe(true);
    const perServerWeek = truth.length / 60 / (DAYS / 7);
    expect(perServerWeek).toBeGreaterThan(0.6);
    expect(perServerWeek).toBeLessThan(2);
  });

  test("most foreseeable ones breach, some recover, some are repaired; sudden ones are about a tenth", () => {
    const foreseeable = truth.filter((incident) => incident.foreseeable);
    const share = (outcome: string): number =>
      foreseeable.filter((incident) => incident.outcome === outcome).length / foreseeable.length;
    expect(share("breached")).toBeGreaterThan(0.6);
    expect(share("recovered")).toBeGreaterThan(0.08);
    expect(share("repaired")).toBeGreaterThan(0.05);
    expect(share("unbreached")).toBeLessThan(0.06);
    const sudden = 1 - foreseeable.length / truth.length;
    expect(sudden).toBeGreaterThan(0.03);
    expect(sudden).toBeLessThan(0.2);
  });

  test("foreseeable ones announce themselves for 20 minutes to a day, sudden ones for less than 10 minutes", () => {
    for (const { kind, foreseeable, precursorStartMs, breachStartMs } of truth) {
      if (precursorStartMs === null || breachStartMs === null) continue;
      const leadMinutes = (breachStartMs - precursorStartMs) / 60_000;
      if (foreseeable) {
        // A base that is high already, as by day, brings the breach forward.
        expect(leadMinutes, kind).toBeGreaterThan(15);
        expect(leadMinutes, kind).toBeLessThan(25 * 60);
      } else {
        expect(leadMinutes, kind).toBeLessThan(10);
      }
    }
  });

  test("problem children fail more often than others", () => {
    const counts = fleet
      .map((server) => server.truth.filter(({ parentId }) => parentId === null).length)
      .sort((a, b) => a - b);
    expect(counts.at(-1)!).toBeGreaterThan(1.8 * counts[Math.floor(counts.length / 2)]!);
  });

  test("cascades: a child begins 10 to 70 minutes after its parent, on a server that calls it", () => {
    const byId = new Map(truth.map((incident) => [incident.incidentId, incident]));
    const children = truth.filter(({ parentId }) => parentId !== null && byId.has(parentId));
    expect(children.length).toBeGreaterThan(20);
    for (const child of children) {
      const delay = (child.precursorStartMs! - byId.get(child.parentId!)!.precursorStartMs!) / 60_000;
      expect(delay).toBeGreaterThanOrEqual(10);
      expect(delay).toBeLessThanOrEqual(70);
    }
  });

  test("every breach in the values is in the truth, and the other way round", () => {
    for (const { metrics, truth: own } of fleet) {
      for (const [id, rule] of Object.entries(RULES)) {
        const { onset } = breachOnsets(metrics[rule!.metric]!, rule!);
        const onsets = [...onset].flatMap((flag, step) =>
          flag === 1 ? [1_767_571_200_000 + step * FIVE_MINUTES_MS] : [],
        );
        const told = own.filter((incident) => incident.rule === id && incident.breachStartMs !== null);
        for (const { breachStartMs } of told) expect(onsets).toContain(breachStartMs);
        // One incident may breach twice; both lie between its start and end.
        for (const onsetMs of onsets) {
          expect(
            told.some(({ breachStartMs, breachEndMs }) => breachStartMs! <= onsetMs && onsetMs <= breachEndMs!),
          ).toBe(true);
        }
      }
    }
  });

  test("an out-of-memory kill follows high memory and comes with a restart", () => {
    let kills = 0;
    for (const { metrics, states } of fleet) {
      metrics["container_oom"]!.forEach((flag, step, flags) => {
        if (flag !== 1 || flags[step - 1] === 1) return;
        kills += 1;
        const before = metrics["mem_pct"]!.subarray(0, step).findLast((value) => !Number.isNaN(value));
        expect(before).toBeGreaterThan(88);
        expect(metrics["mem_pct"]![step]).toBeLessThan(80);
        expect(["recovery", "maintenance"]).toContain(fleetContract.state!.values[states[step]!]);
      });
    }
    expect(kills).toBeGreaterThan(20);
  });

  test("rows are missing for short outages, about one in a hundred, and never zeros", () => {
    const states = fleet.flatMap((server) => [...server.states]);
    const missing = states.filter((state) => state === -1).length / states.length;
    expect(missing).toBeGreaterThan(0.002);
    expect(missing).toBeLessThan(0.02);
    for (const { metrics, states: own } of fleet) {
      expect(metrics["cpu_pct"]!.some((value, step) => own[step] !== -1 && value === 0)).toBe(false);
    }
  });
});
