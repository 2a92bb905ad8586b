// Small Temporal Fusion Transformers for tests: their shapes, random weights and inputs, and sessions in the test's own
// thread (src/graph/session.ts runs the same in a worker).
import { createRng, type Rng } from "../../src/base/index.ts";
import { readModel, sizeOf, type TensorData } from "../../src/graph/index.ts";
import type { Architecture, ModelDimensions } from "../../src/model/architecture.ts";
import { declareParameters } from "../../src/model/graphs.ts";
import { DROPOUT_SITES } from "../../src/model/tft.ts";

/**
 * A network to test: all that fixes its shapes. The cases below have three variables or more of each kind: layer
 * normalisation over the scores of only two makes them 1 and -1, whatever the joint network says.
 */
export interface Case {
  architecture: Architecture;
  dimensions: ModelDimensions;
  batch: number;
}

/** The paper's model at the smallest size: one step per token, direct head, no breach head. */
export const paperCase: Case = {
  architecture: { hidden: 4, heads: 2, head: "direct", dropout: 0, quantiles: [0.1, 0.5, 0.9] },
  dimensions: {
    pastWidths: [1, 2],
    knownWidths: [2, 1, 1],
    staticWidths: [3, 1, 2],
    pastTokens: 4,
    futureTokens: 2,
    patchSteps: 1,
    targets: 1,
    candidates: 0,
    windowOffsets: false,
    rules: 0,
    groupEnds: [],
    shallowHazards: false,
    breachFeatures: 0,
  },
  batch: 2,
};

/** The default recipe at the smallest size: four steps per token, candidate head, breach head, two targets. */
export const candidateCase: Case = {
  architecture: { hidden: 4, heads: 2, head: "candidates", dropout: 0, quantiles: [0.1, 0.5, 0.9] },
  dimensions: {
    pastWidths: [8, 4],
    knownWidths: [4, 8, 4],
    staticWidths: [3, 1, 2],
    pastTokens: 4,
    futureTokens: 2,
    patchSteps: 4,
    targets: 2,
    candidates: 3,
    windowOffsets: true,
    rules: 2,
    groupEnds: [2, 5, 8],
    shallowHazards: true,
    breachFeatures: 2,
  },
  batch: 2,
};

/** A case with other settings. */
export function vary(
  base: Case,
  architecture: Partial<Architecture>,
  dimensions: Partial<ModelDimensions> = {},
  batch = base.batch,
): Case {
  return {
    architecture: { ...base.architecture, ...architecture },
    dimensions: { ...base.dimensions, ...dimensions },
    batch,
  };
}

/** Random values for every parameter, gains of layer normalisation around 1, so that nothing is left at its start. */
export function randomWeights({ architecture, dimensions }: Case, rng: Rng, size = 1): Map<string, Float32Array> {
  return new Map(
    declareParameters(architecture, dimensions).map(({ name, shape }) => {
      const centre = name.endsWith("gamma") ? 1 : 0;
      const deviation = size / Math.sqrt(name.endsWith("weight") ? shape.at(-2)! : 4);
      return [name, Float32Array.from({ length: sizeOf(shape) }, () => centre + deviation * rng.normal())];
    }),
  );
}

/** Parameters one after another, in the order of their declaration: the `p` of a training graph. */
export function flatten(weights: ReadonlyMap<string, Float32Array>): Float32Array {
  return Float32Array.from([...weights.values()].flatMap((values) => Array.from(values)));
}

/** Random inputs of the network. */
export function randomInputs({ architecture, dimensions, batch }: Case, rng: Rng, size = 1): TensorData {
  const { pastTokens, futureTokens, targets, candidates, patchSteps, rules, groupEnds, breachFeatures, windowOffsets } =
    dimensions;
  const normals = (length: number) => Float32Array.from({ length }, () => size * rng.normal());
  const known = total(dimensions.knownWidths);
  return {
    past: normals(batch * pastTokens * (total(dimensions.pastWidths) + known)),
    future: normals(batch * futureTokens * known),
    static: normals(batch * total(dimensions.staticWidths)),
    ...(architecture.head === "candidates"
      ? { candidates: normals(batch * futureTokens * targets * candidates * patchSteps) }
      : {}),
    ...(architecture.head === "candidates" && windowOffsets
      ? { offsetUnit: Float32Array.from({ length: batch * targets }, () => 0.5 + rng.uniform()) }
      : {}),
    ...(rules > 0 ? { breachFeatures: normals(batch * rules * groupEnds.length * breachFeatures) } : {}),
  };
}

/**
 * Random truth: a quarter missing, and breach labels as the data set makes them, with at most one onset per rule and
 * nothing at risk after it.
 * @param distance Least distance of the truth from 0.
 */
export function randomTargets({ dimensions, batch }: Case, rng: Rng, distance = 0) {
  const { futureTokens, targets, patchSteps, rules, groupEnds } = dimensions;
  const size = batch * futureTokens * targets * patchSteps;
  const weight = Float32Array.from({ length: size }, () => (rng.uniform() < 0.25 ? 0 : 0.5 + rng.uniform()));
  const target = weight.map((w) => {
    const value = rng.normal();
    return w === 0 ? 0 : value + Math.sign(value) * distance;
  });
  if (rules === 0) return { target, weight };
  const groups = groupEnds.length;
  const breachEvent = new Float32Array(batch * rules * groups);
  const breachAtRisk = new Float32Array(batch * rules * groups);
  for (let row = 0; row < batch * rules; row++) {
    const onset = rng.integer(groups + 1);
    if (onset < groups) breachEvent[row * groups + onset] = 1;
    breachAtRisk.fill(1, row * groups, row * groups + Math.min(onset + 1, groups));
  }
  return { target, weight, breachEvent, breachAtRisk };
}

/** Weights, inputs and truth of a case from one seed. */
export function randomProblem(network: Case, seed: number) {
  const rng = createRng(seed);
  return {
    weights: randomWeights(network, rng.fork("weights")),
    inputs: randomInputs(network, rng.fork("inputs")),
    targets: randomTargets(network, rng.fork("targets"), 4),
  };
}

/** What a training graph reads beside a batch, with moments at zero. */
export function optimiserInputs(parameters: Float32Array, learningRate: number): TensorData {
  const zeros = () => new Float32Array(parameters.length);
  return {
    p: parameters,
    m: zeros(),
    v: zeros(),
    average: parameters,
    learningRate: Float32Array.of(learningRate),
    correction1: Float32Array.of(1),
    correction2: Float32Array.of(1),
    averageDecay: Float32Array.of(0),
  };
}

/** Masks that drop nothing. */
export function fullDropout({ architecture, batch }: Case): Float32Array {
  return new Float32Array(DROPOUT_SITES * batch * architecture.hidden).fill(1);
}

/** A model loaded on one thread; `run` puts out everything that the model does. */
export interface LoadedModel extends AsyncDisposable {
  run(inputs: TensorData): Promise<TensorData>;
}

/** Loads a model in this thread. Inputs of other names than the model's are left out. */
export async function loadModel(model: Uint8Array): Promise<LoadedModel> {
  const ort = await import("onnxruntime-node");
  const { inputs: wanted, outputs } = readModel(model);
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return {
    run: async (inputs) => {
      const feeds = wanted.map(({ name, shape }) => {
        const data = inputs[name];
        if (!data) throw new Error(`run: nothing is fed to ${name}`);
        return [name, new ort.Tensor("float32", data, shape)] as const;
      });
      const results = await session.run(Object.fromEntries(feeds));
      return Object.fromEntries(outputs.map(({ name }) => [name, results[name]!.data as Float32Array]));
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/** Loads a model, runs it once and lets it go. */
export async function runOnce(model: Uint8Array, inputs: TensorData): Promise<TensorData> {
  await using loaded = await loadModel(model);
  return await loaded.run(inputs);
}

function total(widths: readonly number[]): number {
  return widths.reduce((a, b) => a + b, 0);
}
