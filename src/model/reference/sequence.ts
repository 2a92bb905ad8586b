// What the reference does along time: the LSTM of the locality enhancement and interpretable multi-head attention.
import { affine, dot, linear, plus, sigmoid, softmax } from "./layers.ts";
import type { Vector, Weights } from "./weights.ts";

/** Hidden states of all tokens, and the states after the last. */
export interface LstmResult {
  sequence: number[][]; // [tokens][hidden]
  hidden: Vector;
  cell: Vector;
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997), from the states given. The rows of its weights are the input,
 * output and forget gates and the cell candidate:
 * c' = f c + i tanh(g), h' = o tanh(c').
 */
export function runLstm(tokens: readonly Vector[], hidden0: Vector, cell0: Vector, weights: Weights): LstmResult {
  const size = hidden0.length;
  const inputRows = weights.matrix("weight", size);
  const recurrentRows = weights.matrix("recurrent", size);
  const bias = weights.vector("bias");
  let [hidden, cell] = [hidden0, cell0];
  const sequence = tokens.map((token) => {
    const sums = bias.map((shift, row) => dot(inputRows[row]!, token) + dot(recurrentRows[row]!, hidden) + shift);
    const [input, output, forget] = [0, 1, 2].map((gate) => sums.slice(gate * size, (gate + 1) * size).map(sigmoid));
    const candidate = sums.slice(3 * size).map(Math.tanh);
    cell = cell.map((before, i) => forget![i]! * before + input![i]! * candidate[i]!);
    const next = cell.map((value, i) => output![i]! * Math.tanh(value));
    hidden = next;
    return next;
  });
  return { sequence, hidden, cell };
}

/** Attention's result for each future token, and the mean weights of its heads. */
export interface Attended {
  output: number[][]; // [futureTokens][hidden]
  weights: number[][]; // [futureTokens][tokens]
}

/**
 * Interpretable multi-head attention, equations 13 to 16, from the future tokens to those at or before them:
 * mean over heads of Softmax(Q W_Q K' W_K / sqrt(d)), times V W_V, times W_H. Values are shared by the heads.
 */
export function attend(theta: readonly Vector[], futureTokens: number, heads: number, weights: Weights): Attended {
  const width = theta[0]!.length / heads;
  const pastTokens = theta.length - futureTokens;
  const query = theta.map((token) => linear(token, weights.scope("query")));
  const value = theta.map((token) => linear(token, weights.scope("value")));
  const keyWeight = weights.matrix("key.weight", heads * width);
  const key = theta.map((token) => affine(token, keyWeight, new Array<number>(heads * width).fill(0))); // no bias
  const means = Array.from({ length: futureTokens }, (_, future) => {
    const visible = pastTokens + future + 1; // the decoder's mask
    const mean = new Array<number>(theta.length).fill(0);
    for (let head = 0; head < heads; head++) {
      const ofHead = (row: Vector) => row.slice(head * width, (head + 1) * width);
      const asked = ofHead(query[pastTokens + future]!);
      const scores = key.slice(0, visible).map((row) => dot(asked, ofHead(row)) / Math.sqrt(width));
      for (const [token, weight] of softmax(scores).entries()) mean[token]! += weight / heads;
    }
    return mean;
  });
  const output = means.map((mean) => {
    const mixed = mean.reduce<number[]>(
      (total, weight, token) =>
        plus(
          total,
          value[token]!.map((v) => weight * v),
        ),
      new Array<number>(width).fill(0),
    );
    return linear(mixed, weights.scope("output"));
  });
  return { output, weights: means };
}
