// The two parts of a labelled data set on which warnings are judged: quiet days that choose a threshold by false alarms
// alone, and the test with its incidents.
import { intervalMs } from "../../contract/index.ts";
import type { Series } from "../../store/index.ts";
import type { WarningSeries } from "../early-warning/warning-series.ts";
import type { LabelledData } from "./labelled-data.ts";

/** Decisions are hourly. */
const DECISION_STEPS = 12;

/** Steps at whose ends a warning decides about a series, from the first quiet day to the end of the data. */
export function decisionStepsOf({ trainSteps }: LabelledData, { steps }: Series): Int32Array {
  const first = trainSteps + DECISION_STEPS - 1;
  const count = Math.max(0, Math.floor((steps - 1 - first) / DECISION_STEPS) + 1);
  return Int32Array.from({ length: count }, (_, i) => first + i * DECISION_STEPS);
}

/** The quiet days. Their labels, where there are any, are not looked at: every claim is a false alarm. */
export function quietPart(data: LabelledData, series: Series, scores: Float32Array): WarningSeries {
  return partOf(data, series, scores, [], data.trainSteps, data.testFirst);
}

/** The test, with its incidents as events. */
export function testPart(data: LabelledData, series: Series, scores: Float32Array): WarningSeries {
  const incidents = data.incidents.get(series.server) ?? [];
  const onsets = incidents.map(({ first }) => first).filter((first) => first >= data.testFirst);
  return partOf(data, series, scores, onsets, data.testFirst, series.steps);
}

/** @param scores One per decision of {@link decisionStepsOf}. */
function partOf(
  data: LabelledData,
  series: Series,
  scores: Float32Array,
  onsets: readonly number[],
  first: number,
  end: number,
): WarningSeries {
  const decisions = decisionStepsOf(data, series);
  const isInside = (step: number) => step >= first && step < end;
  return {
    server: series.server,
    rule: "labelled incident",
    intervalMs: intervalMs(data.dataSet.meta.contract),
    steps: end,
    onsets: Int32Array.from(onsets),
    knownAfterSteps: 0,
    causes: null,
    decisionSteps: decisions.filter(isInside),
    decisionEverySteps: DECISION_STEPS,
    signal: null,
    probability: scores.filter((_, d) => isInside(decisions[d]!)),
  };
}
