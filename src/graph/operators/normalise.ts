// Softmax, layer normalisation and the gate of the gated linear unit, each with its backward pass in closed form.
import { apply, applyAll, type Operator, type Tensor } from "../tensor.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { mean, sum, sumTo } from "./reduce.ts";
import { sigmoid } from "./unary.ts";

const softmaxOperator: Operator = {
  name: "softmax",
  infer: ([x]) => [{ shape: x!.shape, type: "float32" }],
  emit: (_, inputs, emitter) => emitter.node("Softmax", inputs, { attributes: { axis: -1 } }),
  gradient: (node, [dy]) => {
    const y = node.outputs[0]!;
    const weighted = mul(dy!, y);
    return [sub(weighted, mul(y, sum(weighted, [y.shape.length - 1])))];
  },
};

// Outputs: y, and the mean and inverse deviation of each row, which the backward pass reads.
const layerNormOperator: Operator = {
  name: "layerNorm",
  infer: ([x]) => {
    const rows = { shape: [...x!.shape.slice(0, -1), 1], type: "float32" as const };
    return [{ shape: x!.shape, type: "float32" }, rows, rows];
  },
  emit: (_, inputs, emitter) =>
    emitter.node("LayerNormalization", inputs, { attributes: { axis: -1, epsilon: { float: 1e-5 } }, outputs: 3 }),
  gradient: (node, [dy]) => {
    const [x, gamma, beta] = node.inputs as [Tensor, Tensor, Tensor];
    const [, centre, inverseDeviation] = node.outputs as [Tensor, Tensor, Tensor];
    const last = x.shape.length - 1;
    const normal = mul(sub(x, centre), inverseDeviation);
    const dNormal = mul(dy!, gamma);
    const along = mul(normal, mean(mul(dNormal, normal), [last]));
    const dx = mul(sub(sub(dNormal, mean(dNormal, [last])), along), inverseDeviation);
    return [
      x.requiresGradient ? dx : undefined,
      gamma.requiresGradient ? sumTo(mul(dy!, normal), gamma.shape) : undefined,
      beta.requiresGradient ? sumTo(dy!, beta.shape) : undefined,
    ];
  },
};

/** Softmax along the last axis. */
export function softmax(x: Tensor): Tensor {
  return apply(softmaxOperator, [x]);
}

/** Layer normalisation along the last axis (Ba et al. 2016): (x - mean) / sqrt(var + 1e-5) * gamma + beta. */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  return applyAll(layerNormOperator, [x, gamma, beta])[0]!;
}

/** Gated linear unit (Dauphin et al. 2017) of a value and its gate: value * sigmoid(gate), same shapes. */
export function gate(value: Tensor, gating: Tensor): Tensor {
  return mul(value, sigmoid(gating));
}

/** x + y normalised along the last axis. */
export function addAndNorm(x: Tensor, y: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  return layerNorm(add(x, y), gamma, beta);
}
