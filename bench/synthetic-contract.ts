// A contract of any number of metrics, all forecast, with one breach rule.
import type { Contract } from "../src/contract/index.ts";

/** A five-minute contract of `targets` metrics in percent. */
export function contractWith(targets: number): Contract {
  const metrics = Array.from({ length: targets }, (_, i) => ({
    name: `metric_${i}`,
    unit: "percent",
    kind: "gauge" as const,
    role: "target" as const,
    min: 0,
    max: 100,
    required: false,
    transform: "identity" as const,
  }));
  return {
    name: "bench",
    version: "1.0",
    interval: "5m",
    labels: [],
    state: null,
    metrics,
    texts: [],
    breachRules: [{ id: "high", metric: "metric_0", op: ">=", threshold: 90, for: "15m", clear: "1h" }],
  };
}
