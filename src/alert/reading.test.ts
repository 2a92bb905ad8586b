// What forecasts say about rules, and the distribution of the time to the breach, against values worked out by hand.
import { describe, expect, it } from "vitest";
import { alertRules, CPU_RULE, forecast, HOUR, INTERVAL, LEVELS, MINUTE } from "../../test/support/alerts.ts";
import { readForecast } from "./reading.ts";
import { timeToBreach } from "./time-to-breach.ts";

describe("time to breach", () => {
  const horizons = [30 * MINUTE, HOUR, 2 * HOUR];
  it.each([
    // F: 0 at 0, 0.2 at 30 m, 0.6 at 1 h, 0.8 at 2 h
    [[0.2, 0.6, 0.8], 15, 52.5, null],
    [[0.9, 0.95, 0.99], 30 / 9, 50 / 3, 30],
    [[0, 0, 0.5], 72, 120, null],
    [[0, 0, 0], null, null, null],
    [[1, 1, 1], 3, 15, 27],
  ])("of %o", (probabilities, p10, p50, p90) => {
    const ms = (minutes: number | null) => (minutes === null ? null : Math.round(minutes * MINUTE));
    expect(timeToBreach(horizons, probabilities)).toEqual({ p10Ms: ms(p10), p50Ms: ms(p50), p90Ms: ms(p90) });
  });
});

describe("breach rules", () => {
  const [rule] = alertRules(CPU_RULE) as [ReturnType<typeof alertRules>[number]];
  it.each([
    [0.5, "on"],
    [0.49, "between"],
    [0.3, "between"],
    [0.29, "clear"],
  ])("within 4 h with %d is %s", (probability, level) => {
    const reading = readForecast(rule, forecast("a", 0, [0, 0, 0.1, probability, 0.99]));
    expect(reading).toMatchObject({ level, probability });
  });

  it("keeps the three heaviest inputs", () => {
    const variableWeights = [
      ["a", 0.1],
      ["b", 0.5],
      ["c", 0.15],
      ["d", 0.25],
    ] as const;
    expect(readForecast(rule, { ...forecast("a", 0, 0.5), variableWeights })?.topInputs).toEqual([
      ["b", 0.5],
      ["d", 0.25],
      ["c", 0.15],
    ]);
  });

  it("says nothing of a horizon or rule that the forecast does not have", () => {
    const [other] = alertRules({ ...CPU_RULE, within: "3h" });
    const [memory] = alertRules({ ...CPU_RULE, rule: "mem_high" });
    expect([readForecast(other!, forecast("a", 0, 1)), readForecast(memory!, forecast("a", 0, 1))]).toEqual([
      null,
      null,
    ]);
  });
});

describe("quantile rules", () => {
  const document = { id: "q", when: "quantile", metric: "cpu_pct", quantile: 0.9, op: ">=", threshold: 90, for: "15m" };
  /** q0.9 is `values`, q0.5 is 10 and q0.1 20 below it. */
  const cpu = (values: number[]) => {
    const { record } = forecast("a", 0, 0);
    const quantiles = Float32Array.from(values.flatMap((value) => [value - 20, value - 10, value]));
    expect(record.levels).toEqual(LEVELS);
    return { record: { ...record, targets: [{ metric: "cpu_pct", quantiles, scale: 1 }] } };
  };
  const read = (values: number[], more: object = {}) => {
    return readForecast(alertRules({ ...document, within: "1h", ...more })[0]!, cpu(values));
  };

  it("needs the crossing for its time, beginning within its horizon", () => {
    expect(read([0, 95, 95, 0, 95, 95])?.level).toBe("clear");
    expect(read([0, 0, 95, 95, 95])).toMatchObject({ level: "on", probability: null });
    expect(read([...Array(11).fill(0), 95, 95, 95])?.level).toBe("on");
    expect(read([...Array(12).fill(0), 95, 95, 95])?.level).toBe("clear");
  });

  it("is between where only the clear threshold is crossed", () => {
    expect(read([85, 85, 85], { clear: { threshold: 80, for: "15m" } })?.level).toBe("between");
    expect(read([75, 75, 75], { clear: { threshold: 80, for: "15m" } })?.level).toBe("clear");
  });

  it("gives the crossings of the lines as times", () => {
    const times = read([90, 92, 95, 100, 101, 102, 102])?.timeToBreach;
    expect(times).toEqual({ p10Ms: 0, p50Ms: 3 * INTERVAL, p90Ms: null });
    const down = read([10, 10, 10, 5, 5, 5], { op: "<=", threshold: -10 })?.timeToBreach;
    expect(down).toEqual({ p10Ms: 0, p50Ms: null, p90Ms: null });
  });
});
