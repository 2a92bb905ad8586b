// Breach head: discrete-time hazards. For each breach rule and group of steps, the logit of the probability that a
// breach begins in this group, given that none began before.
import { add, constant, elu, matmul, mul, reshape, sum, type Tensor, transpose } from "../graph/index.ts";
import type { ModelDimensions } from "./architecture.ts";
import type { Parameters } from "./parameters.ts";

/** A breach within a group is rare: the hazard starts near 4 % instead of 50 %. */
const START_LOGIT = -3;

/**
 * Hazard logits.
 * @param decoder  [futureTokens * batch, hidden]
 * @param features [batch, R, G, F]
 * @returns        [batch, R, G]
 */
export function hazardLogits(
  decoder: Tensor,
  features: Tensor,
  dimensions: ModelDimensions,
  parameters: Parameters,
): Tensor {
  const { futureTokens, rules } = dimensions;
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
  const bias = parameters.declare("output.bias", [rules, groups], { fill: () => START_LOGIT });
  return add(reshape(scores, [batch, rules, groups]), bias);
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
