// graph: tensors with gradients, emitted as ONNX graphs, run by ONNX Runtime.
export { gradients } from "./gradient.ts";
export { checkModel } from "./onnx/check.ts";
export { describeModel } from "./onnx/describe.ts";
export { emitModel, type ParameterSlot, type ParameterSource } from "./onnx/emit.ts";
export { type OnnxModel, readModel } from "./onnx/read.ts";
export { add, div, mul, sub } from "./operators/arithmetic.ts";
export { greater, maximum, minimum, where } from "./operators/compare.ts";
export { constant, input, parameter, scalar, zeros } from "./operators/leaves.ts";
export { type LstmStates, lstm } from "./operators/lstm.ts";
export { gemm, matmul } from "./operators/matmul.ts";
export { addAndNorm, gate, layerNorm, softmax } from "./operators/normalise.ts";
export { mean, sum, sumAll, sumTo } from "./operators/reduce.ts";
export { broadcastTo, concat, pad, reshape, slice, split, transpose } from "./operators/shape.ts";
export { sort } from "./operators/sort.ts";
export { abs, elu, exp, log, neg, relu, sigmoid, sign, softplus, sqrt, tanh } from "./operators/unary.ts";
export { type AdamOptions, adamStep, layOut, type TrainingStep } from "./optimiser.ts";
export { openSession, type Session, type SessionOptions, type TensorData } from "./session.ts";
export { type Shape, sizeOf, type Tensor } from "./tensor.ts";
