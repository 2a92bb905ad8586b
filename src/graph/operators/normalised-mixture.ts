// Weighted sum of layer-normalised tensors, the end of a variable selection network, with its backward pass in closed
// form: what depends on the gradient alone is computed once for all parts, and the factors of each row are multiplied
// on [n, 1] before they meet a row.
import { applyAll, type Operator, type Tensor } from "../tensor.ts";
import { add, mul } from "./arithmetic.ts";
import { scalar } from "./leaves.ts";
import { matmul } from "./matmul.ts";
import { emitLayerNorm, normSlope } from "./normalise.ts";
import { concat, emitSplit, reshape, split } from "./shape.ts";

// Inputs: shares [n, parts], gamma and beta [parts * width], then the parts, each [n, width].
// Outputs: the mixture, then of each part its share, its rows' means and their inverse deviations, [n, 1] each.
const normalisedMixtureOperator: Operator = {
  name: "normalisedMixture",
  infer: ([shares, , , ...parts]) => {
    const { shape } = parts[0]!;
    const perRow = { shape: [shares!.shape[0]!, 1], type: "float32" as const };
    return [{ shape, type: "float32" }, ...parts.flatMap(() => [perRow, perRow, perRow])];
  },
  emit: (node, [shares, gamma, beta, ...parts], emitter) => {
    const width = node.outputs[0]!.shape[1]!;
    const cut = (name: string, axis: number, size: number) =>
      parts.length === 1
        ? [name]
        : emitSplit(
            name,
            axis,
            parts.map(() => size),
            emitter,
          );
    const [columns, gammas, betas] = [cut(shares!, 1, 1), cut(gamma!, 0, width), cut(beta!, 0, width)];
    let total: string | undefined;
    const perRow = parts.flatMap((part, i) => {
      const [normal, centre, inverse] = emitLayerNorm([part, gammas[i]!, betas[i]!], emitter);
      const weighted = emitter.node("Mul", [normal!, columns[i]!])[0]!;
      total = total === undefined ? weighted : emitter.node("Add", [total, weighted])[0]!;
      return [columns[i]!, centre!, inverse!];
    });
    return [total!, ...perRow];
  },
  gradient: (node, [dy]) => {
    const [shares, gamma, beta, ...parts] = node.inputs as [Tensor, Tensor, Tensor, ...Tensor[]];
    const [rows, width] = node.outputs[0]!.shape as [number, number];
    const gammas = split(
      gamma,
      0,
      parts.map(() => width),
    );
    const ofPart = parts.map((part, i) => {
      const [share, centre, inverse] = node.outputs.slice(1 + 3 * i, 4 + 3 * i) as [Tensor, Tensor, Tensor];
      const { slope, along, product } = normSlope(part, centre, inverse, gammas[i]!, dy!);
      const factor = mul(share, inverse);
      return {
        dPart: mul(slope, factor),
        dGamma: matmul(reshape(factor, [1, rows]), product),
        alongShare: mul(inverse, along),
      };
    });
    const alongShares = concat(
      ofPart.map(({ alongShare }) => alongShare),
      1,
    );
    const dGammas = concat(
      ofPart.map(({ dGamma }) => dGamma),
      1,
    );
    const dShares = add(
      mul(alongShares, scalar(width)),
      matmul(dy!, reshape(beta, [parts.length, width]), false, true),
    );
    return [
      dShares,
      reshape(dGammas, gamma.shape),
      reshape(matmul(shares, dy!, true), beta.shape),
      ...ofPart.map(({ dPart }) => dPart),
    ];
  },
};

/**
 * Sum over parts of share * layerNorm(part, gamma, beta), each part with its own gamma and beta.
 * @param parts  Each [n, width].
 * @param shares Weight of each part in each row. [n, parts]
 * @param gamma  All parts' gains, one after the other. [parts * width]
 * @param beta   All parts' shifts. [parts * width]
 * @returns      [n, width]
 */
export function normalisedMixture(parts: readonly Tensor[], shares: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  return applyAll(normalisedMixtureOperator, [shares, gamma, beta, ...parts])[0]!;
}
