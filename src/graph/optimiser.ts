// Optimisers as part of the graph: a training step takes parameters and moments in and gives them back updated.
// Parameters live in one flat vector, so that an update is a handful of operators whatever the model's size.
import { gradients } from "./gradient.ts";
import type { ParameterSlot } from "./onnx/emit.ts";
import { add, div, mul, sub } from "./operators/arithmetic.ts";
import { minimum } from "./operators/compare.ts";
import { constant, input, scalar } from "./operators/leaves.ts";
import { sum } from "./operators/reduce.ts";
import { concat, reshape } from "./operators/shape.ts";
import { sqrt } from "./operators/unary.ts";
import { type Shape, sizeOf, type Tensor } from "./tensor.ts";

/** Settings of Adam (Kingma and Ba 2014) and AdamW (Loshchilov and Hutter 2017, when weightDecay > 0). */
export interface AdamOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Decoupled weight decay per step, relative to the learning rate. 0 is plain Adam. */
  weightDecay: number;
  /** Largest global norm of the gradient. */
  clipNorm: number;
}

/** A training step's outputs, and which of them are the next step's inputs. */
export interface TrainingStep {
  outputs: Record<string, Tensor>;
  carry: Record<string, string>;
}

/** Lays parameters out in one vector, in the order given. */
export function layOut(parameters: readonly Tensor[]): { slots: ParameterSlot[]; total: number } {
  let total = 0;
  const slots = parameters.map(({ node, shape }) => {
    const slot = { name: String(node.attributes["name"]), shape: shape as Shape, offset: total };
    total += sizeOf(shape);
    return slot;
  });
  return { slots, total };
}

/** Gradient of a scalar loss with respect to all parameters, in the layout of {@link layOut}. [total] */
export function flatGradient(loss: Tensor, parameters: readonly Tensor[]): Tensor {
  // Sums over rows come as [1, n]: joined as rows they need no reshape of their own.
  const rows = gradients(loss, parameters).map((gradient) => reshape(gradient, [1, sizeOf(gradient.shape)]));
  return reshape(concat(rows, 1), [layOut(parameters).total]);
}

/** One step of Adam or AdamW on a scalar loss: {@link adamUpdate} by its gradient, with the loss as an output. */
export function adamStep(loss: Tensor, parameters: readonly Tensor[], options: AdamOptions): TrainingStep {
  const { outputs, carry } = adamUpdate(flatGradient(loss, parameters), options);
  return { outputs: { loss, ...outputs }, carry };
}

/**
 * Adam or AdamW with global-norm clipping and averaged weights, by a flat gradient.
 * Inputs: p, m, v, average (flat vectors), learningRate, correction1 = 1 / (1 - beta1^t), correction2, and
 * averageDecay, the share of the old value in the running average of the weights (Polyak; 0 turns it off).
 * Outputs: gradientNorm, and the renewed vectors.
 */
export function adamUpdate(flat: Tensor, options: AdamOptions): TrainingStep {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = options;
  const total = flat.shape[0]!;
  const [p, m, v, average] = ["p", "m", "v", "average"].map((name) => input(name, [total])) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const [learningRate, correction1, correction2, averageDecay] = [
    "learningRate",
    "correction1",
    "correction2",
    "averageDecay",
  ].map((name) => input(name, [1])) as [Tensor, Tensor, Tensor, Tensor];

  const norm = sqrt(add(sum(mul(flat, flat), [0]), scalar(1e-12)));
  const clipped = mul(flat, minimum(constant([1], [1]), div(scalar(clipNorm), norm)));
  const nextM = add(mul(m, scalar(beta1)), mul(clipped, scalar(1 - beta1)));
  const nextV = add(mul(v, scalar(beta2)), mul(mul(clipped, clipped), scalar(1 - beta2)));
  const direction = div(mul(nextM, correction1), add(sqrt(mul(nextV, correction2)), scalar(epsilon)));
  const decayed = weightDecay > 0 ? add(direction, mul(p, scalar(weightDecay))) : direction;
  const nextP = sub(p, mul(decayed, learningRate));
  const nextAverage = add(mul(average, averageDecay), mul(nextP, sub(scalar(1), averageDecay)));
  return {
    outputs: { gradientNorm: norm, nextP, nextM, nextV, nextAverage },
    carry: { p: "nextP", m: "nextM", v: "nextV", average: "nextAverage" },
  };
}
