// Interpretable multi-head attention (arXiv 1912.09363, section 4.4): heads have their own queries and keys but share
// one value projection, so that the mean of their weights says what was looked at. Queries come from the forecast's
// tokens only; each sees all of the past, and the future up to itself.
import {
  add,
  constant,
  matmul,
  mul,
  reshape,
  scalar,
  slice,
  softmax,
  split,
  type Tensor,
  transpose,
} from "../graph/index.ts";
import { linear } from "./layers.ts";
import type { Parameters } from "./parameters.ts";

/** Attention's result and the mean weights of its heads. */
export interface Attention {
  output: Tensor; // [futureTokens * batch, hidden]
  weights: Tensor; // [batch, futureTokens, tokens]
}

/** Finite, so that a masked weight is 0 and never a NaN. */
const MASKED = -1e9;

/**
 * Attends from the last `futureTokens` tokens to all tokens.
 * @param x Rows, time-major. [tokens * batch, hidden]
 */
export function attend(
  x: Tensor,
  batch: number,
  futureTokens: number,
  heads: number,
  parameters: Parameters,
): Attention {
  const [rows, hidden] = x.shape as [number, number];
  const tokens = rows / batch;
  const width = hidden / heads;
  const future = slice(x, 0, rows - futureTokens * batch, rows);
  const perHead = (t: Tensor) =>
    split(t, 1, new Array<number>(heads).fill(width)).map((part) =>
      transpose(reshape(part, [part.shape[0]! / batch, batch, width]), [1, 0, 2]),
    ); // heads times [batch, tokens, width]
  const queries = perHead(linear(future, hidden, parameters.scope("query")));
  // Keys have no bias: it would add the same to all scores of a query, which softmax takes away again.
  const keys = perHead(matmul(x, parameters.declare("key.weight", [hidden, hidden], "glorot")));
  const values = transpose(reshape(linear(x, width, parameters.scope("value")), [tokens, batch, width]), [1, 0, 2]);
  const mask = causalMask(futureTokens, tokens);
  const total = queries
    .map((query, h) => softmax(add(matmul(query, keys[h]!, false, true, 1 / Math.sqrt(width)), mask)))
    .reduce(add);
  // The mean over the heads is taken within the product, which costs nothing; the weights themselves are for explaining.
  const mean = matmul(total, values, false, false, 1 / heads);
  const mixed = reshape(transpose(mean, [1, 0, 2]), [futureTokens * batch, width]);
  return { output: linear(mixed, hidden, parameters.scope("output")), weights: mul(total, scalar(1 / heads)) };
}

/** 0 where a future token may look, a large negative number where it would see later tokens.  [futureTokens, tokens] */
function causalMask(futureTokens: number, tokens: number): Tensor {
  const pastTokens = tokens - futureTokens;
  const mask = new Float32Array(futureTokens * tokens);
  for (let query = 0; query < futureTokens; query++) {
    mask.fill(MASKED, query * tokens + pastTokens + query + 1, (query + 1) * tokens);
  }
  return constant(mask, [futureTokens, tokens]);
}
