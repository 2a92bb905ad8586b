// Variable selection as the paper writes it (section 4.2, equations 6 to 8): each variable is embedded, runs through a
// gated residual network of its own, and a joint network over all embeddings says how much it counts.
import { affine, contextPart, elu, gatedResidualNetwork, layerNorm, plus, sigmoid, softmax } from "./layers.ts";
import { type Matrix, readWeights, type Vector, type Weights } from "./weights.ts";

/** The selected vector and the weight of each variable in it. */
export interface Selected {
  features: number[]; // [hidden]
  weights: number[]; // [variables]
}

/**
 * Selects among the variables of one token or of the static inputs.
 * @param x       All variables side by side. [sum of widths]
 * @param widths  Width of each variable.
 * @param context c_s of the paper, or undefined for the static variables. [hidden]
 */
export function selectVariables(
  x: Vector,
  widths: readonly number[],
  context: Vector | undefined,
  hidden: number,
  weights: Weights,
): Selected {
  const embedded = embedVariables(x, widths, hidden, weights.scope("embedding")); // xi^(j), [variables][hidden]
  const selection = softmax(jointNetwork(embedded.flat(), widths.length, hidden, context, weights.scope("joint"))); // (6)
  const own = embedded.map((xi, j) =>
    gatedResidualNetwork(xi, undefined, ownNetwork(j, widths.length, hidden, weights.scope("variables"))),
  ); // (7)
  const features = Array.from({ length: hidden }, (_, channel) =>
    own.reduce((total, vector, j) => total + selection[j]! * vector[channel]!, 0),
  ); // (8)
  return { features, weights: selection };
}

/** Linear embedding of each variable: x_j W_j + b_j.  [variables][hidden] */
function embedVariables(x: Vector, widths: readonly number[], hidden: number, weights: Weights): number[][] {
  const [all, biases] = [weights.matrix("weight", hidden), weights.matrix("bias", hidden)];
  let start = 0;
  return widths.map((width, j) => {
    const [from, to] = [start, start + width];
    start = to;
    return affine(x.slice(from, to), all.slice(from, to), biases[j]!);
  });
}

/**
 * The joint gated residual network over the flattened embeddings. Its output is as wide as there are variables, so the
 * residual passes through a linear map, which is stored beside the first layer: columns [hidden | variables].
 */
function jointNetwork(
  xi: Vector,
  variables: number,
  hidden: number,
  context: Vector | undefined,
  weights: Weights,
): number[] {
  const stored = weights.matrix("input.weight", hidden + variables);
  const storedBias = sumRows(weights.matrix("input.bias", hidden + variables));
  const columns = (from: number, to?: number) =>
    affine(
      xi,
      stored.map((row) => row.slice(from, to)),
      storedBias.slice(from, to),
    );
  const skip = columns(hidden);
  const eta2 = plus(columns(0, hidden), contextPart(context, hidden, weights)).map(elu);
  const eta1 = affine(eta2, weights.matrix("fc2.weight", hidden), weights.vector("fc2.bias"));
  const part = (name: string) =>
    affine(eta1, weights.matrix(`${name}.weight`, variables), weights.vector(`${name}.bias`));
  const gates = part("glu.gate");
  const gated = part("glu.value").map((value, i) => value * sigmoid(gates[i]!));
  return layerNorm(plus(skip, gated), weights.vector("norm.gamma"), weights.vector("norm.beta"));
}

/** Weights of variable j's own network, cut from the tensors in which all variables are stacked. */
function ownNetwork(j: number, variables: number, hidden: number, stacked: Weights): Weights {
  const names = ["fc1", "fc2", "glu.value", "glu.gate"].flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]);
  return readWeights(
    new Map(
      [...names, "norm.gamma", "norm.beta"].map((name) => {
        const all = stacked.vector(name);
        const size = all.length / variables;
        if (size !== hidden && size !== hidden * hidden) throw new Error(`reference: ${name} is not stacked`);
        return [name, all.slice(j * size, (j + 1) * size)] as const;
      }),
    ),
  );
}

function sumRows(rows: Matrix): number[] {
  return rows.reduce<number[]>(plus, new Array<number>(rows[0]!.length).fill(0));
}
