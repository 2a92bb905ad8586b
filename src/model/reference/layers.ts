// Building blocks of the reference forward pass, one vector at a time. Equation numbers are those of arXiv 1912.09363.
import type { Matrix, Vector, Weights } from "./weights.ts";

/** Layer normalisation's guard against rows without variance. */
const NORM_EPSILON = 1e-5;

/** x W + b, with W of [inputs][outputs]. */
export function affine(x: Vector, weight: Matrix, bias: Vector): number[] {
  return bias.map((shift, column) => {
    let total = shift;
    for (let row = 0; row < x.length; row++) total += x[row]! * weight[row]![column]!;
    return total;
  });
}

/** x W + b with the weights `weight` and `bias` of a scope. */
export function linear(x: Vector, weights: Weights): number[] {
  const bias = weights.vector("bias");
  return affine(x, weights.matrix("weight", bias.length), bias);
}

/** Element-wise sum. */
export function plus(a: Vector, b: Vector): number[] {
  return a.map((value, i) => value + b[i]!);
}

/** Sum of the products of two vectors. */
export function dot(a: Vector, b: Vector): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** 1 / (1 + exp(-x)). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** log(1 + exp(x)), without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Exponential linear unit with alpha 1. */
export function elu(x: number): number {
  return x > 0 ? x : Math.expm1(x);
}

/** exp(x_i) / sum_j exp(x_j). */
export function softmax(x: Vector): number[] {
  const largest = Math.max(...x);
  const powers = x.map((value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** LayerNorm: (x - mean) / sqrt(variance + epsilon) * gamma + beta. */
export function layerNorm(x: Vector, gamma: Vector, beta: Vector): number[] {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((total, value) => total + (value - mean) ** 2, 0) / x.length;
  return x.map((value, i) => ((value - mean) / Math.sqrt(variance + NORM_EPSILON)) * gamma[i]! + beta[i]!);
}

/** GLU, equation 5: sigmoid(W4 x + b4) times (W5 x + b5). */
export function gatedLinearUnit(x: Vector, weights: Weights): number[] {
  const gates = linear(x, weights.scope("gate"));
  return linear(x, weights.scope("value")).map((value, i) => value * sigmoid(gates[i]!));
}

/** Gated skip connection, the form of equations 17, 20 and 22: LayerNorm(skip + GLU(x)). */
export function gatedSkip(x: Vector, skip: Vector, weights: Weights): number[] {
  const norm = weights.scope("norm");
  return layerNorm(plus(skip, gatedLinearUnit(x, weights.scope("glu"))), norm.vector("gamma"), norm.vector("beta"));
}

/**
 * Gated residual network, equations 2 to 4:
 * eta2 = ELU(W2 a + W3 c + b2), eta1 = W1 eta2 + b1, GRN(a, c) = LayerNorm(a + GLU(eta1)).
 */
export function gatedResidualNetwork(a: Vector, context: Vector | undefined, weights: Weights): number[] {
  const eta2 = plus(linear(a, weights.scope("fc1")), contextPart(context, a.length, weights)).map(elu);
  const eta1 = linear(eta2, weights.scope("fc2"));
  return gatedSkip(eta1, a, weights);
}

/** W3 c of equation 4, which is zero without a context. */
export function contextPart(context: Vector | undefined, outputs: number, weights: Weights): number[] {
  const zeros = new Array<number>(outputs).fill(0);
  return context ? affine(context, weights.matrix("context.weight", outputs), zeros) : zeros;
}
