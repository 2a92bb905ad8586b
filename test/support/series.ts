// Small contracts, input specs and series for the tests of the data set's windows and features.
import type { Contract } from "../../src/contract/index.ts";
import type { InputSpec } from "../../src/dataset/input-spec.ts";
import { type InputSpecOptions, makeInputSpec } from "../../src/dataset/make-input-spec.ts";
import type { Series } from "../../src/store/index.ts";

/** Monday. */
export const MONDAY_MS = Date.UTC(2024, 0, 1);

const gauge = { unit: "1", kind: "gauge", required: false } as const;

/** Two targets (percent with a breach rule, heavy tail), one observed rate, one label; hourly unless told otherwise. */
export function smallContract(interval = "1h"): Contract {
  return {
    name: "small",
    version: "1.0",
    interval,
    labels: [{ name: "profile", required: false, values: ["db", "web"] }],
    state: { name: "state", values: ["up", "down"] },
    metrics: [
      { ...gauge, name: "cpu", role: "target", min: 0, max: 100, transform: "identity" },
      { ...gauge, name: "errors", role: "observed", min: 0, max: 1, transform: "logit" },
      { ...gauge, name: "disk", role: "target", min: 0, max: null, transform: "log1p" },
    ],
    texts: ["notes"],
    breachRules: [{ id: "cpu_high", metric: "cpu", op: ">=", threshold: 90, for: "3h", clear: "6h" }],
  };
}

/** A spec of 24 h of context, 8 h of horizon and 7 days of history on an hourly grid. */
export function smallSpec(options: Partial<InputSpecOptions> = {}, contract = smallContract()): InputSpec {
  const statistics = contract.metrics.map(() => ({ present: true, typicalScale: 2 }));
  const sizes = { contextSteps: 24, horizonSteps: 8, patchSteps: 2, historySteps: 168, serverEmbedding: false };
  return makeInputSpec(contract, statistics, { ...sizes, ...options });
}

/** A series of {@link smallContract} on an hourly grid. */
export function seriesOf(values: Float32Array[], server = "s1", startMs = MONDAY_MS): Series {
  return { server, labels: { profile: "web" }, startMs, steps: values[0]!.length, values };
}

/** `steps` values of `at(step)`. */
export function column(steps: number, at: (step: number) => number): Float32Array {
  return Float32Array.from({ length: steps }, (_, step) => at(step));
}
