import { expect, it } from "vitest";
import { tinyConfig } from "../../../test/helpers/tiny-model.ts";
import { prepareSeries } from "../../dataset/index.ts";
import { breachOutcome } from "./breach-outcome.ts";
import { causesBy } from "./causes.ts";

const rule = { id: "high", metric: "cpu_pct", op: ">=" as const, threshold: 90, forSteps: 3, clearSteps: 2 };
const spec = { ...tinyConfig("m").inputs, breachRules: [rule] };
const outcomeOf = (cpu: readonly number[], origin: number, endSteps: number): number => {
  const values = [Float32Array.from(cpu), Float32Array.from(cpu)];
  const series = prepareSeries(spec, { server: "s", labels: {}, startMs: 0, steps: cpu.length, values });
  return breachOutcome(spec, series, 0, origin, endSteps);
};
const NONE = Number.NaN;

it.each([
  ["an incident that begins on the last step counts", [1, 1, 1, 95, 95, 95, 1], 0, 3, 1],
  ["one that begins a step later does not", [1, 1, 1, 95, 95, 95, 1], 0, 2, 0],
  ["too short a run is no incident", [1, 1, 1, 95, 95, 1, 1], 0, 5, 0],
  ["nothing can begin while an incident is open", [1, 95, 95, 95, 1, 1, 1, 1], 4, 2, NONE],
  ["too little was observed to say that nothing began", [1, NONE, NONE, NONE, 1, 1, 1], 0, 3, NONE],
  ["half is enough", [1, NONE, NONE, 1, 1, 1, 1], 0, 4, 0],
  ["an incident counts however little was observed", [1, 95, 95, 95, NONE, NONE, NONE, NONE, NONE], 0, 8, 1],
  ["steps beyond the data are not observed", [1, 1], 0, 8, NONE],
])("%s", (_name, cpu, origin, endSteps, expected) => {
  expect(outcomeOf(cpu, origin, endSteps)).toBe(expected);
});

it("an onset belongs to the incident of its server and rule that holds then", () => {
  const incident = {
    incidentId: "1",
    kind: "leak",
    server: "s",
    rule: "high",
    foreseeable: true,
    outcome: "breached",
  } as const;
  const more = { precursorStartMs: 0, cause: "", parentId: null };
  const causeOf = causesBy(
    [
      { ...incident, ...more, breachStartMs: 1000, breachEndMs: 2000 },
      { ...incident, ...more, incidentId: "2", foreseeable: false, breachStartMs: 9000, breachEndMs: null },
      { ...incident, ...more, incidentId: "3", rule: null, breachStartMs: 5000, breachEndMs: 6000 },
    ],
    300,
  );
  expect([700, 1500, 2001, 5500, 9500].map((ms) => causeOf("s", "high", ms))).toEqual([
    { kind: "leak", foreseeable: true },
    { kind: "leak", foreseeable: true },
    null,
    null,
    { kind: "leak", foreseeable: false },
  ]);
  expect(causeOf("other", "high", 1500)).toBeNull();
});
