import { expect, test } from "vitest";
import { createPredictorWatch, type TickOutcome } from "./predictor-watch.ts";

const forecast: TickOutcome = { kind: "forecast" };
const failed: TickOutcome = { kind: "failed", reason: "output_invalid" };
const missing: TickOutcome = { kind: "no model", reason: "models/m1: Expected a manifest" };

test.each<[string, boolean, TickOutcome[], boolean[]]>([
  ["at once without a model", false, [missing, forecast, missing], [true, false, true]],
  [
    "after two failed ticks in a row",
    false,
    [failed, forecast, failed, failed, failed],
    [false, false, false, true, true],
  ],
  ["from a lost model on through failing ticks", false, [missing, failed, forecast], [true, true, false]],
  ["from before a restart until a forecast", true, [failed, forecast, failed], [true, false, false]],
])("warns %s", (_, stands, outcomes, warns) => {
  const watch = createPredictorWatch("http://here", stands);
  expect(outcomes.map((outcome) => watch.judge(outcome).length === 1)).toEqual(warns);
});

test("says why, and which daemon it is", () => {
  const [fault] = createPredictorWatch("http://here", false).judge(missing);
  expect(fault).toMatchObject({
    alertname: "PredictorUnavailable",
    labels: { severity: "critical", instance: "http://here" },
    summary: "Forewarn makes no forecasts: no model serves: models/m1: Expected a manifest",
  });
});
