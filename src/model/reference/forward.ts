// The reference forward pass: the Temporal Fusion Transformer (arXiv 1912.09363) in plain loops over one window after
// another, written to be read beside the paper. The network of tft.ts must give the same numbers.
import type { Architecture, ModelDimensions } from "../architecture.ts";
import { candidateQuantiles, directQuantiles, hazardReadings, type Quantiles } from "./heads.ts";
import { gatedResidualNetwork, gatedSkip } from "./layers.ts";
import { attend, runLstm } from "./sequence.ts";
import { selectVariables } from "./variable-selection.ts";
import { readWeights, toRows, type Vector, type Weights } from "./weights.ts";

/** Outputs of a batch, laid out as the outputs of `inferenceGraph` with `explain`. */
export interface ReferenceOutputs {
  quantiles: number[]; // [batch, horizon, T, Q], ascending along Q
  unorderedQuantiles: number[]; // [batch, horizon, T, Q], as the loss sees them
  hazardLogits: number[]; // [batch, R, G]
  hazardReadings: number[][]; // [batch, R, G][readings]
  staticWeights: number[]; // [batch, static variables]
  pastWeights: number[]; // [pastTokens, batch, past and known variables]
  futureWeights: number[]; // [futureTokens, batch, known variables]
  attention: number[]; // [batch, futureTokens, tokens]
}

/** Inputs of one window, row-major. */
interface WindowInputs {
  past: Vector; // [pastTokens, sum of pastWidths and knownWidths]
  future: Vector; // [futureTokens, sum of knownWidths]
  static: Vector; // [sum of staticWidths]
  candidates: Vector; // [futureTokens, T, K, P]
  offsetUnit: Vector; // [T]
  breachFeatures: Vector; // [R, G, F]
}

interface WindowOutputs {
  quantiles: Quantiles;
  hazards: number[][][];
  staticWeights: number[];
  pastWeights: number[][];
  futureWeights: number[][];
  attention: number[][];
}

/**
 * Runs the network on a batch.
 * @param weights Values by parameter name.
 * @param inputs  `past`, `future`, `static`, and `candidates`, `offsetUnit` and `breachFeatures` where the network reads
 *                them, row-major with the batch first.
 * @throws Error when a weight or an input is missing.
 */
export function referenceForward(
  architecture: Architecture,
  dimensions: ModelDimensions,
  weights: ReadonlyMap<string, ArrayLike<number>>,
  inputs: Readonly<Record<string, ArrayLike<number>>>,
  batch: number,
): ReferenceOutputs {
  const named = readWeights(weights);
  const ofWindow = (name: keyof WindowInputs, window: number): Vector => {
    const all = inputs[name];
    if (!all) return [];
    return toRows(Array.from(all), all.length / batch)[window]!;
  };
  const windows = Array.from({ length: batch }, (_, window) =>
    forwardWindow(
      architecture,
      dimensions,
      {
        past: ofWindow("past", window),
        future: ofWindow("future", window),
        static: ofWindow("static", window),
        candidates: ofWindow("candidates", window),
        offsetUnit: ofWindow("offsetUnit", window),
        breachFeatures: ofWindow("breachFeatures", window),
      },
      named,
    ),
  );
  const timeMajor = (tokens: number, rows: (window: WindowOutputs) => number[][]) =>
    Array.from({ length: tokens }, (_, token) => windows.flatMap((window) => rows(window)[token]!)).flat();
  return {
    quantiles: windows.flatMap(({ quantiles }) =>
      quantiles.flat().flatMap((levels) => levels.toSorted((a, b) => a - b)),
    ),
    unorderedQuantiles: windows.flatMap(({ quantiles }) => quantiles.flat(2)),
    hazardLogits: windows.flatMap(({ hazards }) => hazards.flat().map(meanOf)),
    hazardReadings: windows.flatMap(({ hazards }) => hazards.flat()),
    staticWeights: windows.flatMap(({ staticWeights }) => staticWeights),
    pastWeights: timeMajor(dimensions.pastTokens, ({ pastWeights }) => pastWeights),
    futureWeights: timeMajor(dimensions.futureTokens, ({ futureWeights }) => futureWeights),
    attention: windows.flatMap(({ attention }) => attention.flat()),
  };
}

function forwardWindow(
  { hidden, heads, head, quantiles: levels }: Architecture,
  dimensions: ModelDimensions,
  inputs: WindowInputs,
  weights: Weights,
): WindowOutputs {
  const { pastWidths, knownWidths, staticWidths, pastTokens, futureTokens, rules } = dimensions;

  // Static covariate encoders (section 4.3): the selected static vector, and from it four contexts.
  const statics = selectVariables(inputs.static, staticWidths, undefined, hidden, weights.scope("static"));
  const context = (name: string) => gatedResidualNetwork(statics.features, undefined, weights.scope(`context.${name}`));
  const selectionContext = context("selection"); // c_s
  const enrichmentContext = context("enrichment"); // c_e

  // Variable selection of every token (section 4.2).
  const select = (tokens: Vector, count: number, widths: readonly number[], scope: Weights) =>
    toRows(tokens, tokens.length / count).map((x) => selectVariables(x, widths, selectionContext, hidden, scope));
  const past = select(inputs.past, pastTokens, [...pastWidths, ...knownWidths], weights.scope("past"));
  const future = select(inputs.future, futureTokens, knownWidths, weights.scope("future"));
  const features = [...past, ...future].map((selected) => selected.features);

  // Locality enhancement (section 4.5.1), equation 17. The contexts c_h and c_c are the encoder's first states.
  const encoder = runLstm(features.slice(0, pastTokens), context("hidden"), context("cell"), weights.scope("encoder"));
  const decoder = runLstm(features.slice(pastTokens), encoder.hidden, encoder.cell, weights.scope("decoder"));
  const temporal = [...encoder.sequence, ...decoder.sequence].map((phi, token) =>
    gatedSkip(phi, features[token]!, weights.scope("temporal")),
  );

  // Static enrichment (section 4.5.2), equation 18.
  const theta = temporal.map((phi) => gatedResidualNetwork(phi, enrichmentContext, weights.scope("enrichment")));

  // Temporal self-attention (section 4.5.3), equations 19 and 20; only forecasts are asked for.
  const attention = attend(theta, futureTokens, heads, weights.scope("attention"));
  const delta = attention.output.map((beta, token) =>
    gatedSkip(beta, theta[pastTokens + token]!, weights.scope("attended")),
  );

  // Position-wise feed-forward (section 4.5.4), equations 21 and 22.
  const states = delta.map((row, token) => {
    const psi = gatedResidualNetwork(row, undefined, weights.scope("position"));
    return gatedSkip(psi, temporal[pastTokens + token]!, weights.scope("output"));
  });

  const scope = weights.scope("quantiles");
  return {
    quantiles:
      head === "direct"
        ? directQuantiles(states, levels.length, dimensions, scope)
        : candidateQuantiles(states, inputs.candidates, inputs.offsetUnit, levels.length, dimensions, scope),
    hazards: rules > 0 ? hazardReadings(states, inputs.breachFeatures, dimensions, weights.scope("breach")) : [],
    staticWeights: statics.weights,
    pastWeights: past.map((selected) => selected.weights),
    futureWeights: future.map((selected) => selected.weights),
    attention: attention.weights,
  };
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0) / numbers.length;
}
