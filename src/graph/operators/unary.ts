// Element-wise functions of one tensor, each with its derivative in closed form.
import { apply, applyAll, type Operator, type Tensor } from "../tensor.ts";
import { div, mul, sub } from "./arithmetic.ts";
import { scalar } from "./leaves.ts";

/** The derivative may use the input x, the output y and the output's gradient dy. */
type Derivative = (x: Tensor, y: Tensor, dy: Tensor) => Tensor;

function unary(name: string, opType: string, derivative: Derivative): Operator {
  return {
    name,
    infer: ([x]) => [{ shape: x!.shape, type: "float32" }],
    emit: (_, inputs, emitter) => emitter.node(opType, inputs),
    gradient: (node, [dy]) => [derivative(node.inputs[0]!, node.outputs[0]!, dy!)],
  };
}

const negOperator = unary("neg", "Neg", (_x, _y, dy) => neg(dy));
const expOperator = unary("exp", "Exp", (_x, y, dy) => mul(dy, y));
const logOperator = unary("log", "Log", (x, _y, dy) => div(dy, x));
const sqrtOperator = unary("sqrt", "Sqrt", (_x, y, dy) => div(mul(dy, scalar(0.5)), y));
const absOperator = unary("abs", "Abs", (x, _y, dy) => mul(dy, sign(x)));
const sigmoidOperator = unary("sigmoid", "Sigmoid", (_x, y, dy) => mul(dy, sub(y, mul(y, y))));
const tanhOperator = unary("tanh", "Tanh", (_x, y, dy) => sub(dy, mul(dy, mul(y, y))));
const softplusOperator = unary("softplus", "Softplus", (x, _y, dy) => mul(dy, sigmoid(x)));
const reluOperator = unary("relu", "Relu", (x, _y, dy) => mul(dy, sign(relu(x))));
// ELU with alpha 1 is max(x, slope - 1), where slope = exp(min(x, 0)) is its derivative: four passes in vector code are
// faster than ONNX Runtime's Elu, and the backward pass is one product. Outputs: y and the slope.
const eluOperator: Operator = {
  name: "elu",
  infer: ([x]) => [
    { shape: x!.shape, type: "float32" },
    { shape: x!.shape, type: "float32" },
  ],
  emit: (_, [x], emitter) => {
    const slope = emitter.node("Exp", emitter.node("Min", [x!, emitter.float32([0], [])]))[0]!;
    const below = emitter.node("Sub", [slope, emitter.float32([1], [])])[0]!;
    return [...emitter.node("Max", [x!, below]), slope];
  },
  gradient: (node, [dy]) => [mul(dy!, node.outputs[1]!)],
};

const signOperator: Operator = withoutGradient("sign", (inputs, emitter) => emitter.node("Sign", inputs));

function withoutGradient(
  name: string,
  emit: (inputs: readonly string[], emitter: Parameters<Operator["emit"]>[2]) => string[],
): Operator {
  return {
    name,
    infer: ([x]) => [{ shape: x!.shape, type: "float32" }],
    emit: (_, inputs, emitter) => emit(inputs, emitter),
  };
}

/** -x. */
export function neg(x: Tensor): Tensor {
  return apply(negOperator, [x]);
}

/** e to the power x. */
export function exp(x: Tensor): Tensor {
  return apply(expOperator, [x]);
}

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return apply(logOperator, [x]);
}

/** Square root. */
export function sqrt(x: Tensor): Tensor {
  return apply(sqrtOperator, [x]);
}

/** Absolute value; its slope at 0 is taken as 0. */
export function abs(x: Tensor): Tensor {
  return apply(absOperator, [x]);
}

/** 1 / (1 + exp(-x)). */
export function sigmoid(x: Tensor): Tensor {
  return apply(sigmoidOperator, [x]);
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return apply(tanhOperator, [x]);
}

/** log(1 + exp(x)). */
export function softplus(x: Tensor): Tensor {
  return apply(softplusOperator, [x]);
}

/** max(x, 0); its slope at 0 is taken as 0. */
export function relu(x: Tensor): Tensor {
  return apply(reluOperator, [x]);
}

/** Exponential linear unit with alpha 1 (Clevert et al. 2015). */
export function elu(x: Tensor): Tensor {
  return applyAll(eluOperator, [x])[0]!;
}

/** -1, 0 or 1. No gradient passes. */
export function sign(x: Tensor): Tensor {
  return apply(signOperator, [x]);
}
