// From what a model reads (InputSpec) to the shapes of its network.
import type { InputSpec } from "../dataset/index.ts";
import type { ModelDimensions } from "./architecture.ts";

/** The network's shapes for an InputSpec. */
export function modelDimensions(spec: InputSpec): ModelDimensions {
  const { patchSteps } = spec;
  return {
    pastWidths: spec.past.map(({ channels }) => channels * patchSteps),
    knownWidths: spec.known.map(({ channels }) => channels * patchSteps),
    staticWidths: spec.static.map(({ channels }) => channels),
    pastTokens: spec.contextSteps / patchSteps,
    futureTokens: spec.horizonSteps / patchSteps,
    patchSteps,
    targets: spec.targets.length,
    candidates: spec.candidates.length,
    windowOffsets: spec.offsetUnit !== "scale",
    rules: spec.breachRules.length,
    groupEnds: spec.breachGroupEnds,
    shallowHazards: spec.breachReadings === "both",
    breachFeatures: spec.breachFeatures.length,
  };
}
