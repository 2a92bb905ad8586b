import { expect, test } from "vitest";
import { fleetContract } from "../contract/index.ts";
import { makeInputSpec } from "./make-input-spec.ts";
import { variableMeanings } from "./variable-meaning.ts";

const sizes = { contextSteps: 24, horizonSteps: 24, patchSteps: 4, historySteps: 288 };
const statistics = fleetContract.metrics.map(() => ({ present: true, typicalScale: 1 }));

test("every variable is told in the contract's terms, in the order of the weights", () => {
  const inputs = makeInputSpec(fleetContract, statistics, { ...sizes, serverEmbedding: true, servers: ["a"] });
  const { past, future, static: fixed } = variableMeanings(inputs);
  expect(past.map(({ variable }) => variable)).toEqual([...inputs.past, ...inputs.known].map(({ name }) => name));
  expect(past.slice(inputs.past.length)).toEqual(future);
  expect(past[0]).toEqual({ variable: "cpu_pct", kind: "observed", subject: "cpu_pct" });
  expect(future[0]).toEqual({ variable: "time_of_day", kind: "calendar", subject: null });
  expect(future.at(-1)).toMatchObject({ kind: "lags", subject: inputs.targets.at(-1) });
  expect(fixed.map(({ variable }) => variable)).toEqual(inputs.static.map(({ name }) => name));
  const kinds = fixed.map(({ kind }) => kind);
  expect(kinds).toEqual([...inputs.labels.map(() => "label"), "server", ...inputs.targets.map(() => "statistics")]);
});

test("a metric may have the name of another variable", () => {
  const names = ["time_of_day", "lag_x", "stats_x"];
  const metrics = fleetContract.metrics.slice(0, 3).map((metric, at) => ({ ...metric, name: names[at]! }));
  const contract = { ...fleetContract, metrics, breachRules: [] };
  const inputs = makeInputSpec(contract, statistics.slice(0, 3), { ...sizes, serverEmbedding: false });
  const kinds = variableMeanings(inputs).past.map(({ kind }) => kind);
  expect(kinds.slice(0, 3)).toEqual(["observed", "observed", "observed"]);
  expect(kinds.filter((kind) => kind === "calendar")).toHaveLength(4);
});
