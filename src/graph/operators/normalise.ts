// Softmax, layer normalisation and the gate of the gated linear unit, each with its backward pass in closed form.
import { apply, applyAll, type Emitter, type Operator, sizeOf, type Tensor } from "../tensor.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { constant } from "./leaves.ts";
import { matmul } from "./matmul.ts";
import { sum, sumRows } from "./reduce.ts";
import { reshape } from "./shape.ts";

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

const gateOperator: Operator = {
  name: "gate",
  infer: ([value]) => [
    { shape: value!.shape, type: "float32" },
    { shape: value!.shape, type: "float32" },
  ],
  emit: (_, [value, gating], emitter) => {
    const open = emitter.node("Sigmoid", [gating!])[0]!;
    return [...emitter.node("Mul", [value!, open]), open];
  },
  // d gating = dy value open (1 - open) = d value (value - y).
  gradient: (node, [dy]) => {
    const [y, open] = node.outputs as [Tensor, Tensor];
    const value = node.inputs[0]!;
    const dValue = mul(dy!, open);
    return [dValue, mul(dValue, sub(value, y))];
  },
};

// Outputs: y, and the mean and inverse deviation of each row, which the backward pass reads.
const layerNormOperator: Operator = {
  name: "layerNorm",
  infer: ([x]) => {
    const rows = { shape: [...x!.shape.slice(0, -1), 1], type: "float32" as const };
    return [{ shape: x!.shape, type: "float32" }, rows, rows];
  },
  emit: (_, inputs, emitter) => emitLayerNorm(inputs, emitter),
  gradient: (node, [dy]) => {
    const [x, gamma, beta] = node.inputs as [Tensor, Tensor, Tensor];
    const width = x.shape.at(-1)!;
    const count = sizeOf(x.shape) / width;
    const rows = (t: Tensor) => reshape(t, [count, sizeOf(t.shape) / count]);
    const [centre, inverse] = [rows(node.outputs[1]!), rows(node.outputs[2]!)];
    const { slope, product } = normSlope(rows(x), centre, inverse, gamma, rows(dy!));
    return [
      x.requiresGradient ? reshape(mul(slope, inverse), x.shape) : undefined,
      gamma.requiresGradient ? reshape(matmul(reshape(inverse, [1, count]), product), gamma.shape) : undefined,
      beta.requiresGradient ? reshape(sumRows(rows(dy!)), beta.shape) : undefined,
    ];
  },
};

/** ONNX nodes of a layer normalisation: names of y, and of the mean and inverse deviation of each row. */
export function emitLayerNorm(inputs: readonly string[], emitter: Emitter): string[] {
  return emitter.node("LayerNormalization", inputs, {
    attributes: { axis: -1, epsilon: { float: 1e-5 } },
    outputs: 3,
  });
}

/** What the gradients of a normalised row are made of; see {@link normSlope}. */
export interface NormSlope {
  /** Gradient of the rows before they are multiplied by the inverse deviation. [n, width] */
  slope: Tensor;
  /** Mean over the width of (x - mean) gamma dy: how the gradient changes with the deviation. [n, 1] */
  along: Tensor;
  /** (x - mean) dy. [n, width] */
  product: Tensor;
}

/**
 * Backward pass of y = (x - mean) inverse gamma + beta up to factors of each row, which callers multiply in where that is
 * cheapest: on [n, 1] instead of [n, width].
 * @param x       [n, width]
 * @param centre  Mean of each row.                  [n, 1]
 * @param inverse 1 / deviation of each row.         [n, 1]
 * @param gamma   [width]
 * @param dy      [n, width]
 */
export function normSlope(x: Tensor, centre: Tensor, inverse: Tensor, gamma: Tensor, dy: Tensor): NormSlope {
  const width = x.shape[1]!;
  const centred = sub(x, centre);
  const product = mul(dy, centred);
  const along = matmul(product, reshape(gamma, [width, 1]), false, false, 1 / width);
  const turned = mul(centred, mul(mul(inverse, inverse), along));
  return { slope: sub(centredProduct(dy, gamma), turned), along, product };
}

/** Up to this width a product with a matrix is faster than passes over the rows. */
const NARROW = 64;

/** dy gamma less its mean over each row.  [n, width] */
function centredProduct(dy: Tensor, gamma: Tensor): Tensor {
  const width = gamma.shape[0]!;
  const column = reshape(gamma, [width, 1]);
  if (width > NARROW) return sub(mul(dy, gamma), matmul(dy, column, false, false, 1 / width));
  const centring = new Float32Array(width * width).fill(-1 / width);
  for (let i = 0; i < width; i++) centring[i * width + i]! += 1;
  return matmul(dy, mul(column, constant(centring, [width, width])));
}

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
  return applyAll(gateOperator, [value, gating])[0]!;
}

/** x + y normalised along the last axis. */
export function addAndNorm(x: Tensor, y: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  return layerNorm(add(x, y), gamma, beta);
}
