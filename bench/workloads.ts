// The workloads that figures are quoted for. REF is the reference of the engine's design notes: batch 64, context 288,
// horizon 96, hidden 32, 4 heads, 14 observed and 7 known real inputs, 1 target, 3 quantiles, no patching.
import { createRng } from "../src/base/index.ts";
import { type Shape, sizeOf, type TensorData } from "../src/graph/index.ts";
import { type Architecture, DEFAULT_ARCHITECTURE, DROPOUT_SITES, type ModelDimensions } from "../src/model/index.ts";

/** A model's size and shape, with a batch size. */
export interface Workload {
  name: string;
  architecture: Architecture;
  dimensions: ModelDimensions;
  batch: number;
}

const fill = (count: number, value: number) => new Array<number>(count).fill(value);

/** The paper's model on the reference inputs. */
export const REF: Workload = {
  name: "REF",
  batch: 64,
  architecture: { hidden: 32, heads: 4, head: "direct", dropout: 0, quantiles: [0.1, 0.5, 0.9] },
  dimensions: {
    pastWidths: fill(14, 1),
    knownWidths: fill(7, 1),
    staticWidths: [8],
    pastTokens: 288,
    futureTokens: 96,
    patchSteps: 1,
    targets: 1,
    candidates: 0,
    windowOffsets: false,
    shallowHazards: false,
    rules: 0,
    groupEnds: [],
    breachFeatures: 0,
  },
};

/** The default recipe on the reference inputs: tokens of 4 steps, 9 quantiles, candidate head, breach head. */
export const DEFAULT: Workload = {
  name: "default",
  batch: 64,
  architecture: DEFAULT_ARCHITECTURE,
  dimensions: {
    ...REF.dimensions,
    pastWidths: fill(14, 8),
    knownWidths: [8, 8, 8, 4, 4, 16],
    staticWidths: [8, 16],
    pastTokens: 72,
    futureTokens: 24,
    patchSteps: 4,
    candidates: 20,
    rules: 1,
    groupEnds: [6, 12, 24, 48, 96],
    breachFeatures: 11,
  },
};

/** Random inputs of a workload, training labels included. */
export function randomInputs({ architecture, dimensions, batch }: Workload, seed: number): TensorData {
  const rng = createRng(seed);
  const normal = (shape: Shape) => Float32Array.from({ length: sizeOf(shape) }, () => rng.normal());
  const { futureTokens, targets, patchSteps, rules, groupEnds } = dimensions;
  const total = (widths: number[]) => widths.reduce((a, b) => a + b, 0);
  const truth = [batch, futureTokens, targets, patchSteps];
  const labels = [batch, rules, groupEnds.length];
  return {
    past: normal([batch, dimensions.pastTokens, total(dimensions.pastWidths) + total(dimensions.knownWidths)]),
    future: normal([batch, futureTokens, total(dimensions.knownWidths)]),
    static: normal([batch, total(dimensions.staticWidths)]),
    target: normal(truth),
    weight: normal(truth).fill(1),
    ...(architecture.head === "candidates"
      ? { candidates: normal([batch, futureTokens, targets, dimensions.candidates, patchSteps]) }
      : {}),
    ...(architecture.dropout > 0 ? { dropout: normal([DROPOUT_SITES, batch, architecture.hidden]).fill(1) } : {}),
    ...(rules > 0
      ? {
          breachFeatures: normal([...labels, dimensions.breachFeatures]),
          breachEvent: normal(labels).map((x) => Number(x > 1.5)),
          breachAtRisk: normal(labels).fill(1),
        }
      : {}),
  };
}
