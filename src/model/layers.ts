// The building blocks of the Temporal Fusion Transformer (Lim, Arik, Loeff, Pfister, arXiv 1912.09363, section 4).
// Rows are [steps * batch] and time-major throughout, so that a static vector of each window broadcasts over the steps.
import { add, elu, gate, gemm, layerNorm, matmul, mul, reshape, type Tensor } from "../graph/index.ts";
import type { Parameters } from "./parameters.ts";

/** x w + b.  [n, width] -> [n, outputs] */
export function linear(
  x: Tensor,
  outputs: number,
  parameters: Parameters,
  start: "glorot" | "zeros" = "glorot",
): Tensor {
  return gemm(
    x,
    parameters.declare("weight", [x.shape[1]!, outputs], start),
    parameters.declare("bias", [outputs], "zeros"),
  );
}

/** Gated linear unit: linear(x) * sigmoid(linear(x)).  [n, width] -> [n, outputs] */
export function gatedLinear(x: Tensor, outputs: number, parameters: Parameters): Tensor {
  return gate(linear(x, outputs, parameters.scope("value")), linear(x, outputs, parameters.scope("gate")));
}

/** Layer normalisation with its own gain and shift.  [n, width] -> [n, width] */
export function normalise(x: Tensor, parameters: Parameters): Tensor {
  const width = x.shape.at(-1)!;
  return layerNorm(x, parameters.declare("gamma", [width], "ones"), parameters.declare("beta", [width], "zeros"));
}

/** Gated skip connection: norm(skip + GLU(drop(x))).  [n, hidden], [n, hidden] -> [n, hidden] */
export function gatedSkip(x: Tensor, skip: Tensor, parameters: Parameters, drop: Dropout): Tensor {
  return normalise(add(skip, gatedLinear(drop(x), skip.shape[1]!, parameters.scope("glu"))), parameters.scope("norm"));
}

/** Dropout on rows, or nothing outside training. */
export type Dropout = (rows: Tensor) => Tensor;

/**
 * Gated residual network (equations 2 to 4): norm(x + GLU(drop(W2 ELU(W1 x + Wc c + b1) + b2))).
 * @param x       [steps * batch, hidden]
 * @param context [batch, hidden], added to every step, or undefined
 */
export function gatedResidual(x: Tensor, context: Tensor | undefined, parameters: Parameters, drop: Dropout): Tensor {
  const hidden = x.shape[1]!;
  const first = linear(x, hidden, parameters.scope("fc1"));
  const inner = context ? addToSteps(first, contextTerm(context, hidden, parameters)) : first;
  const second = linear(elu(inner), hidden, parameters.scope("fc2"));
  const gated = gatedLinear(drop(second), hidden, parameters.scope("glu"));
  return normalise(add(x, gated), parameters.scope("norm"));
}

/** The context's part of a gated residual network's first layer.  [batch, hidden] -> [batch, outputs] */
export function contextTerm(context: Tensor, outputs: number, parameters: Parameters): Tensor {
  return matmul(context, parameters.declare("context.weight", [context.shape[1]!, outputs], "glorot"));
}

/** Adds a vector of each window to all its steps.  [steps * batch, width], [batch, width] -> [steps * batch, width] */
export function addToSteps(rows: Tensor, perWindow: Tensor): Tensor {
  return reshape(add(byWindow(rows, perWindow), perWindow), rows.shape);
}

/** Multiplies all steps of a window by its vector.  [steps * batch, width], [batch, width] -> [steps * batch, width] */
export function scaleSteps(rows: Tensor, perWindow: Tensor): Tensor {
  return reshape(mul(byWindow(rows, perWindow), perWindow), rows.shape);
}

function byWindow(rows: Tensor, perWindow: Tensor): Tensor {
  const [batch, width] = perWindow.shape as [number, number];
  return reshape(rows, [rows.shape[0]! / batch, batch, width]);
}
