// Variable selection network (arXiv 1912.09363, section 4.2): every variable has its own embedding and gated residual
// network, and a joint network weighs them for each row.
//
// A variable is a short vector that enters through a linear map, and the second layer of a gated residual network meets
// the gate's layers without a nonlinearity between. Both pairs of linear maps are multiplied here before they meet the
// rows, which is exact and leaves one small product instead of three wide ones. Each variable's chain runs on its own,
// so that its intermediate rows stay in the processor's cache.
import {
  add,
  concat,
  elu,
  gate,
  gemm,
  matmul,
  normalisedMixture,
  reshape,
  softmax,
  split,
  sum,
  type Tensor,
} from "../graph/index.ts";
import { addToSteps, contextTerm, normalise } from "./layers.ts";
import type { Parameters, Start } from "./parameters.ts";

/** Selected features and the weight that each variable had in them. */
export interface Selection {
  features: Tensor; // [rows, hidden]
  weights: Tensor; // [rows, variables]
}

/**
 * Selects among variables.
 * @param x       All variables side by side.                         [rows, sum of widths]
 * @param widths  Width of each variable.
 * @param context A vector of each window, or undefined.              [batch, hidden]
 * @param hidden  Width of the result.
 */
export function selectVariables(
  x: Tensor,
  widths: readonly number[],
  context: Tensor | undefined,
  hidden: number,
  parameters: Parameters,
): Selection {
  const total = widths.reduce((a, b) => a + b, 0);
  const embedding: LinearMap = {
    weight: parameters.declare("embedding.weight", [total, hidden], embeddingStart(widths, hidden)),
    bias: parameters.declare("embedding.bias", [widths.length, hidden], "zeros"),
  };
  const weights = selectionWeights(x, widths, embedding, context, hidden, parameters.scope("joint"));
  const own = parameters.scope("variables");
  const networks = ownNetworks(widths, embedding, hidden, own);
  const parts = split(x, 1, widths).map((column, v) => networks[v]!(column)); // variables times [rows, hidden]
  const gammas = own.declare("norm.gamma", [widths.length * hidden], "ones");
  const betas = own.declare("norm.beta", [widths.length * hidden], "zeros");
  return { features: normalisedMixture(parts, weights, gammas, betas), weights };
}

/** Linear maps of all variables, stacked: weights along the first axis, one row of biases each. */
interface LinearMap {
  weight: Tensor; // [sum of inputs, outputs]
  bias: Tensor; // [variables, outputs]
}

/** Each variable's own gated residual network before its norm: e + GLU(W2 ELU(W1 e + b1) + b2) with e = x We + be. */
function ownNetworks(
  widths: readonly number[],
  embedding: LinearMap,
  hidden: number,
  parameters: Parameters,
): ((x: Tensor) => Tensor)[] {
  const variables = widths.length;
  const ones = widths.map(() => 1);
  const stacked = (name: string) => declareStacked(parameters.scope(name), variables, hidden, hidden);
  const cut = ({ weight, bias }: LinearMap, inputs: readonly number[]) => {
    const weights = split(weight, 0, inputs);
    const biases = split(bias, 0, ones);
    return weights.map((part, v) => ({ weight: part, bias: biases[v]! }));
  };
  const square = widths.map(() => hidden);
  const second = stacked("fc2");
  const embed = cut(embedding, widths);
  const inner = cut(composeVarying(embedding, widths, stacked("fc1"), hidden), widths);
  const value = cut(compose(second, stacked("glu.value"), variables, hidden), square);
  const gating = cut(compose(second, stacked("glu.gate"), variables, hidden), square);
  const apply = (x: Tensor, map: LinearMap) => gemm(x, map.weight, map.bias);
  return widths.map((_, v) => (x) => {
    const rows = elu(apply(x, inner[v]!));
    const gated = gate(apply(rows, value[v]!), apply(rows, gating[v]!));
    return add(apply(x, embed[v]!), gated);
  });
}

/** The joint gated residual network over all embeddings side by side, then softmax over the variables. */
function selectionWeights(
  x: Tensor,
  widths: readonly number[],
  embedding: LinearMap,
  context: Tensor | undefined,
  hidden: number,
  parameters: Parameters,
): Tensor {
  const variables = widths.length;
  const both = hidden + variables;
  // First layer and skip connection read the same rows: their weights stand side by side.
  const inputScope = parameters.scope("input");
  const input: LinearMap = {
    weight: inputScope.declare("weight", [variables * hidden, both], "glorot"),
    bias: inputScope.declare("bias", [variables, both], "zeros"),
  };
  const composed = composeVarying(embedding, widths, input, hidden);
  const joint = gemm(x, composed.weight, sum(composed.bias, [0]));
  const [first, skip] = split(joint, 1, [hidden, variables]) as [Tensor, Tensor];
  const inner = elu(context ? addToSteps(first, contextTerm(context, hidden, parameters)) : first);
  const second = declareStacked(parameters.scope("fc2"), 1, hidden, hidden);
  const through = (name: string) => {
    const { weight, bias } = compose(second, declareStacked(parameters.scope(name), 1, hidden, variables), 1, hidden);
    return gemm(inner, weight, bias);
  };
  return softmax(normalise(add(skip, gate(through("glu.value"), through("glu.gate"))), parameters.scope("norm")));
}

function declareStacked(parameters: Parameters, variables: number, inputs: number, outputs: number): LinearMap {
  return {
    weight: parameters.declare("weight", [variables * inputs, outputs], { glorot: [inputs, outputs] }),
    bias: parameters.declare("bias", [variables, outputs], "zeros"),
  };
}

/** second(first(x)) of all variables as one linear map each, all of `width` inputs. */
function compose(first: LinearMap, second: LinearMap, variables: number, width: number): LinearMap {
  const outputs = second.weight.shape[1]!;
  const stack = ({ weight }: LinearMap) => reshape(weight, [variables, width, weight.shape[1]!]);
  const shift = matmul(reshape(first.bias, [variables, 1, width]), stack(second));
  return {
    weight: reshape(matmul(stack(first), stack(second)), [variables * width, outputs]),
    bias: add(reshape(shift, [variables, outputs]), second.bias),
  };
}

/** As {@link compose} for a first map whose variables differ in width. */
function composeVarying(first: LinearMap, widths: readonly number[], second: LinearMap, hidden: number): LinearMap {
  const variables = widths.length;
  const outputs = second.weight.shape[1]!;
  const blocks = split(
    second.weight,
    0,
    widths.map(() => hidden),
  );
  const weights = split(first.weight, 0, widths).map((weight, v) => matmul(weight, blocks[v]!));
  const shift = matmul(
    reshape(first.bias, [variables, 1, hidden]),
    reshape(second.weight, [variables, hidden, outputs]),
  );
  return { weight: concat(weights, 0), bias: add(reshape(shift, [variables, outputs]), second.bias) };
}

/** Each variable's embedding starts as if it were declared alone: its own width counts, not all variables'. */
function embeddingStart(widths: readonly number[], hidden: number): Start {
  return { glorot: [Math.round(widths.reduce((a, b) => a + b, 0) / widths.length), hidden] };
}
