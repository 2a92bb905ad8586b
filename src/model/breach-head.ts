// Breach head: discrete-time hazards. For each breach rule and group of steps, the logit of the probability that a
// breach begins in this group, given that none began before. Two readings of it are trained side by side, each on its own
// likelihood, and their mean is the answer: incidents are so few that what the network learns of them alone is overfitted.
import { add, constant, elu, matmul, mul, reshape, scalar, sum, type Tensor, transpose } from "../graph/index.ts";
import type { ModelDimensions } from "./architecture.ts";
import type { Parameters } from "./parameters.ts";

/** A breach within a group is rare: the hazard starts near 4 % instead of 50 %. */
const START_LOGIT = -3;

/**
 * Readings of the hazard logits, to be trained each on its own likelihood: a one-layer network of the decoder's states and
 * of the features; and, unless the model was made without it, a linear map of the features, which say what the past says
 * about incidents.
 * @param decoder  [futureTokens * batch, hidden]
 * @param features [batch, R, G, F]
 * @returns        One or two of [batch, R, G].
 */
export function hazardReadings(
  decoder: Tensor,
  features: Tensor,
  dimensions: ModelDimensions,
  parameters: Parameters,
): Tensor[] {
  const { futureTokens, rules, shallowHazards } = dimensions;
  const groups = dimensions.groupEnds.length;
  const [rows, hidden] = decoder.shape as [number, number];
  const batch = rows / futureTokens;
  const tokens = transpose(reshape(decoder, [futureTokens, batch, hidden]), [1, 0, 2]);
  const pooled = matmul(poolingMatrix(dimensions), tokens); // [batch, G, hidden]
  const fromStates = matmul(pooled, parameters.declare("states.weight", [hidden, hidden], "glorot"));
  const fromFeatures = matmul(features, parameters.declare("features.weight", [features.shape[3]!, hidden], "glorot"));
  const inner = elu(
    add(
      add(fromFeatures, reshape(fromStates, [batch, 1, groups, hidden])),
      parameters.declare("rule.bias", [rules, groups, hidden], "zeros"),
    ),
  ); // [batch, R, G, hidden]
  const scores = sum(mul(inner, parameters.declare("output.weight", [rules, 1, hidden], "glorot")), [3]);
  const biasOf = (name: string) => parameters.declare(name, [rules, groups], { fill: () => START_LOGIT });
  const deep = add(reshape(scores, [batch, rules, groups]), biasOf("output.bias"));
  if (!shallowHazards) return [deep];
  const weights = parameters.declare("linear.weight", [rules, 1, features.shape[3]!], "zeros");
  const linear = reshape(sum(mul(features, weights), [3]), [batch, rules, groups]);
  return [deep, add(linear, biasOf("linear.bias"))];
}

/** Mean of tensors of one shape: of the readings it is what the model says, of their losses what training minimises. */
export function meanOf(tensors: readonly Tensor[]): Tensor {
  return tensors.length === 1 ? tensors[0]! : mul(tensors.reduce(add), scalar(1 / tensors.length));
}

/** Share of each token in each group of steps; rows sum to 1.  [G, futureTokens] */
function poolingMatrix({ groupEnds, futureTokens, patchSteps }: ModelDimensions): Tensor {
  const matrix = new Float32Array(groupEnds.length * futureTokens);
  groupEnds.forEach((end, g) => {
    const start = groupEnds[g - 1] ?? 0;
    for (let token = 0; token < futureTokens; token++) {
      const overlap = Math.min(end, (token + 1) * patchSteps) - Math.max(start, token * patchSteps);
      matrix[g * futureTokens + token] = Math.max(0, overlap) / (end - start);
    }
  });
  return constant(matrix, [groupEnds.length, futureTokens]);
}
