// What training minimises: pinball loss of the quantiles plus the survival likelihood of breach onsets.
import {
  add,
  constant,
  div,
  maximum,
  mul,
  neg,
  relu,
  reshape,
  scalar,
  softplus,
  sub,
  sumAll,
  type Tensor,
  transpose,
} from "../graph/index.ts";

/**
 * Weighted mean pinball loss (Koenker and Bassett 1978), twice per level as in the weighted quantile loss.
 * @param quantiles [futureTokens, batch, T, Q, P]
 * @param target    [batch, futureTokens, T, P]
 * @param weight    0 where the truth is missing. [batch, futureTokens, T, P]
 */
export function pinballLoss(quantiles: Tensor, target: Tensor, weight: Tensor, levels: readonly number[]): Tensor {
  const [tokens, batch, targets, , steps] = quantiles.shape as [number, number, number, number, number];
  const align = (t: Tensor) => reshape(transpose(t, [1, 0, 2, 3]), [tokens, batch, targets, 1, steps]);
  const error = sub(align(target), quantiles);
  const loss = add(mul(error, constant(levels, [levels.length, 1])), relu(neg(error)));
  const total = sumAll(mul(loss, align(weight)));
  return div(mul(total, scalar(2 / levels.length)), add(sumAll(weight), scalar(1e-6)));
}

/**
 * Negative log-likelihood of breach onsets under discrete-time hazards, mean over the groups at risk; 0 when none is.
 * @param logits [batch, R, G]
 * @param event  1 where a breach began in the group. [batch, R, G]
 * @param atRisk 1 where one could have begun and would have been seen. [batch, R, G]
 */
export function survivalLoss(logits: Tensor, event: Tensor, atRisk: Tensor): Tensor {
  const loss = sub(softplus(logits), mul(event, logits));
  return div(sumAll(mul(loss, atRisk)), maximum(sumAll(atRisk), scalar(1)));
}
