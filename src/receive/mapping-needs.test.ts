import { describe, expect, it, test } from "vitest";
import { labelSet, receiveMapping } from "../../test/support/receive.ts";
import { BUILT_IN_MAPPINGS, type Mapping, readMapping } from "../prometheus/index.ts";
import { mappingNeeds } from "./mapping-needs.ts";

const MINUTE_MS = 60_000;

function mappingOf(expression: string, present: string | null = null): Mapping {
  return { ...receiveMapping, metrics: [{ ...receiveMapping.metrics[0]!, expression }], present };
}

describe("mappingNeeds", () => {
  test.each([
    ["x", 5],
    ["avg_over_time(x[2m])", 5],
    ["rate(x[7m])", 7],
    ["rate(x[7m] offset 4m)", 11],
    ["x offset 20m + rate(y[1m])", 25],
    ["max_over_time(x[1h:1m])", 65],
    ["max_over_time(rate(x[2m] offset 1m)[1h:1m] offset 3m)", 66],
    ["sum by (instance) (topk(1, abs(-(x offset 9m))))", 14],
    ["x @ end()", 5],
  ])("%s reads %d minutes", (expression, minutes) => {
    expect(mappingNeeds(mappingOf(expression)).spanMs).toBe(minutes * MINUTE_MS);
    expect(mappingNeeds(mappingOf("x", `${expression} > 0`)).spanMs).toBe(minutes * MINUTE_MS);
  });

  test.each(["x @ 1609746000", "x offset -1m", "max_over_time(x[5m:1m] offset -1m)"])("%s is refused", (expression) => {
    expect(() => mappingNeeds(mappingOf(expression))).toThrow(
      expect.objectContaining({ code: "mapping_invalid", message: expect.stringContaining("metrics.load") as string }),
    );
  });

  it("asks for the series that some selector selects, by name or without one", () => {
    const { isNeeded } = mappingNeeds(mappingOf('x{mode!~"idle|iowait", job=""} + {__name__=~"y|z", cpu="0"}'));
    const verdicts = [
      labelSet("x", {}),
      labelSet("x", { mode: "user" }),
      labelSet("x", { mode: "idle" }),
      labelSet("x", { job: "node" }),
      labelSet("y", { cpu: "0" }),
      labelSet("y", { cpu: "1" }),
      labelSet("other", { cpu: "0" }),
    ].map(isNeeded);
    expect(verdicts).toEqual([true, true, false, false, true, false, false]);
  });

  it("can keep what the built-in mappings need", () => {
    for (const name of Object.keys(BUILT_IN_MAPPINGS)) {
      const mapping = readMapping(name);
      expect(mappingNeeds(mapping).spanMs).toBe(2 * mapping.intervalMs);
    }
  });
});
