// Allocation of the tensors of a batch; shapes are documented on InputBatch and TargetBatch.
import { type InputBatch, type InputSpec, type TargetBatch, totalChannels } from "./input-spec.ts";

/** Makes the input tensors of `size` windows, all zero. */
export function createInputBatch(spec: InputSpec, size: number): InputBatch {
  const { contextSteps, horizonSteps, targets, breachRules, breachGroupEnds } = spec;
  const knownChannels = totalChannels(spec.known);
  const breachInputs = breachRules.length * breachGroupEnds.length * spec.breachFeatures.length;
  return {
    size,
    past: new Float32Array(size * contextSteps * (totalChannels(spec.past) + knownChannels)),
    future: new Float32Array(size * horizonSteps * knownChannels),
    static: new Float32Array(size * totalChannels(spec.static)),
    candidates: new Float32Array(size * horizonSteps * targets.length * spec.candidates.length),
    breachFeatures: new Float32Array(size * breachInputs),
    location: new Float32Array(size * targets.length),
    scale: new Float32Array(size * targets.length),
    offsetUnit: new Float32Array(size * targets.length),
  };
}

/** Makes the truth and loss weights of `size` windows, all zero. */
export function createTargetBatch(spec: InputSpec, size: number): TargetBatch {
  const points = size * spec.horizonSteps * spec.targets.length;
  const hazards = size * spec.breachRules.length * spec.breachGroupEnds.length;
  return {
    target: new Float32Array(points),
    weight: new Float32Array(points),
    breachEvent: new Float32Array(hazards),
    breachAtRisk: new Float32Array(hazards),
  };
}
