// The reference's outputs of one window: quantiles of every step and target, and the hazards of the breach rules.
import type { ModelDimensions } from "../architecture.ts";
import { affine, dot, elu, linear, softmax, softplus } from "./layers.ts";
import { toRows, type Vector, type Weights } from "./weights.ts";

/** Quantiles by step, target and level. [horizonSteps][T][Q] */
export type Quantiles = number[][][];

/**
 * The paper's output, equation 23, a linear map of each token: the middle level as it is, and the others at growing
 * distances from it, so that levels never cross. Its columns are [T, P, Q].
 */
export function directQuantiles(
  decoder: readonly Vector[],
  levels: number,
  { patchSteps, targets }: ModelDimensions,
  weights: Weights,
): Quantiles {
  const middle = Math.floor(levels / 2);
  return decoder.flatMap((token) => {
    const columns = linear(token, weights.scope("direct"));
    return times(patchSteps, (step) =>
      times(targets, (target) => {
        const start = (target * patchSteps + step) * levels;
        const quantiles = columns.slice(start, start + levels);
        for (let q = middle + 1; q < levels; q++) quantiles[q] = quantiles[q - 1]! + softplus(quantiles[q]!);
        for (let q = middle - 1; q >= 0; q--) quantiles[q] = quantiles[q + 1]! - softplus(quantiles[q]!);
        return quantiles;
      }),
    );
  });
}

/**
 * The candidate head, an addition to the paper: q = sum_k softmax(scores)_k c_k + offset. One mixture for each token,
 * target and level; candidates c and offsets change from step to step. Levels may cross.
 * @param candidates Candidate values of this window. [futureTokens, T, K, P]
 * @param offsetUnit What an offset of 1 is worth in this window, where the network reads it. [T]
 */
export function candidateQuantiles(
  decoder: readonly Vector[],
  candidates: Vector,
  offsetUnit: Vector,
  levels: number,
  { patchSteps, targets, candidates: count, windowOffsets }: ModelDimensions,
  weights: Weights,
): Quantiles {
  return decoder.flatMap((state, token) => {
    const scores = toRows(linear(state, weights.scope("mixture")), count); // [T * Q][K]
    const offsets = toRows(linear(state, weights.scope("offset")), patchSteps); // [T * Q][P]
    return times(patchSteps, (step) =>
      times(targets, (target) => {
        const unit = windowOffsets ? offsetUnit[target]! : 1;
        const values = times(count, (k) => candidates[((token * targets + target) * count + k) * patchSteps + step]!);
        return times(levels, (level) => {
          const row = target * levels + level;
          return dot(softmax(scores[row]!), values) + offsets[row]![step]! * unit;
        });
      }),
    );
  });
}

/**
 * Readings of the logits of discrete-time hazards by rule and group of steps: a one-layer network of the group's mean
 * decoder state and of the rule's features, and, where the model has it, a linear map of the features alone.
 * @param features Inputs of the breach head of this window. [R, G, F]
 * @returns        [R][G][readings]
 */
export function hazardReadings(
  decoder: readonly Vector[],
  features: Vector,
  { rules, groupEnds, patchSteps, breachFeatures, shallowHazards }: ModelDimensions,
  weights: Weights,
): number[][][] {
  const hidden = decoder[0]!.length;
  const groups = groupEnds.length;
  const [fromState, fromFeatures] = [
    weights.matrix("states.weight", hidden),
    weights.matrix("features.weight", hidden),
  ];
  const bias = weights.matrix("rule.bias", hidden); // [R * G][hidden]
  const rows = toRows(features, breachFeatures); // [R * G][F]
  const outputs = weights.matrix("output.weight", hidden); // [R][hidden]
  const outputBias = weights.vector("output.bias"); // [R * G]
  return times(rules, (rule) =>
    times(groups, (group) => {
      const steps = times(groupEnds[group]! - (groupEnds[group - 1] ?? 0), (i) => i + (groupEnds[group - 1] ?? 0));
      const state = times(hidden, (channel) => {
        const total = steps.reduce((sum, step) => sum + decoder[Math.floor(step / patchSteps)]![channel]!, 0);
        return total / steps.length;
      });
      const place = rule * groups + group;
      const inner = affine(rows[place]!, fromFeatures, affine(state, fromState, bias[place]!)).map(elu);
      const deep = dot(inner, outputs[rule]!) + outputBias[place]!;
      if (!shallowHazards) return [deep];
      const linear = weights.matrix("linear.weight", breachFeatures)[rule]!;
      return [deep, dot(rows[place]!, linear) + weights.vector("linear.bias")[place]!];
    }),
  );
}

function times<Item>(length: number, make: (index: number) => Item): Item[] {
  return Array.from({ length }, (_, index) => make(index));
}
