// The warnings that are compared on labelled incidents: the model's surprise, and trivial ones.
import { createRng } from "../../base/index.ts";
import { stepsPerDay } from "../../dataset/index.ts";
import type { Forecaster } from "../../forecast/index.ts";
import { lastValueQuantiles } from "../../measure/index.ts";
import type { Series } from "../../store/index.ts";
import { decisionStepsOf } from "./incident-parts.ts";
import type { LabelledData } from "./labelled-data.ts";
import { baselineLosses, modelLosses, surpriseOf } from "./surprise.ts";

/** Scores of one warning: per server, one per decision; higher is likelier, NaN is no decision. */
export interface IncidentWarning {
  name: string;
  scores: Float32Array[];
}

/** Scores every decision of every server with every warning; `seed` draws the random one. */
export async function scoreWarnings(
  forecaster: Forecaster,
  data: LabelledData,
  series: readonly Series[],
  seed: number,
): Promise<IncidentWarning[]> {
  const metrics = data.dataSet.meta.contract.metrics.map(({ name }) => name);
  const { inputs, architecture } = forecaster.model.config;
  const daySteps = stepsPerDay(inputs);
  const model: IncidentWarning = { name: "Forewarn, surprise of the last hour", scores: [] };
  const lastValue: IncidentWarning = { name: "last value, surprise of the last hour", scores: [] };
  const random: IncidentWarning = { name: "random", scores: [] };
  const alwaysOn: IncidentWarning = { name: "always on", scores: [] };
  for (const one of series) {
    const decisions = decisionStepsOf(data, one);
    const isQuiet = (decision: number) => decisions[decision]! < data.testFirst;
    const rng = createRng(seed).fork(`random warning of ${one.server}`);
    const ofLastValue = baselineLosses(lastValueQuantiles, one, architecture.quantiles, decisions, daySteps);
    model.scores.push(surpriseOf(await modelLosses(forecaster, one, metrics, decisions), isQuiet));
    lastValue.scores.push(surpriseOf(ofLastValue, isQuiet));
    random.scores.push(Float32Array.from(decisions, () => rng.uniform()));
    alwaysOn.scores.push(new Float32Array(decisions.length).fill(1));
  }
  return [model, lastValue, random, alwaysOn];
}
