// The end of a run: everything that a model directory holds, written at once.
import {
  type EpochLosses,
  type Evaluation,
  encodeProbe,
  encodeWeights,
  lossesCsv,
  lossesSvg,
  MODEL_FILES,
  type ModelConfig,
  modelCard,
  newModelId,
  type TrainingMetadata,
  writeModelDirectory,
} from "../artifact/index.ts";
import { createBatchBuilder, type TimeSplit, type WindowPlace } from "../dataset/index.ts";
import {
  type Calibration,
  declareParameters,
  inferenceGraph,
  modelDimensions,
  networkInputs,
  networkOutputs,
  runExportedModel,
} from "../model/index.ts";
import type { DataSet } from "../store/index.ts";
import type { RunState } from "./checkpoint.ts";
import type { TrainOptions } from "./options.ts";

/** Windows of the stored probe, and so the batch of model.onnx. */
const PROBE_WINDOWS = 2;

/** A finished run. */
export interface FinishedRun {
  root: string;
  dataSet: DataSet;
  options: TrainOptions;
  state: RunState;
  split: TimeSplit;
  weights: ReadonlyMap<string, Float32Array>;
  calibration: Calibration;
  evaluation: Evaluation;
  probe: readonly WindowPlace[];
  versions: Record<string, string>;
  nowMs: number;
}

/** Writes the model directory of a finished run; returns its path and id. */
export async function publishModel(run: FinishedRun): Promise<{ directory: string; modelId: string }> {
  const { root, dataSet, options, state, weights, calibration, evaluation } = run;
  const { spec } = state;
  const { contract, contractHash } = dataSet.meta;
  const modelId = newModelId(root, run.nowMs);
  const dimensions = modelDimensions(spec);
  const config: ModelConfig = {
    formatVersion: 2,
    modelId,
    contractHash,
    architecture: { ...options.architecture, patchSteps: spec.patchSteps },
    inputs: spec,
    calibration,
  };
  const shapes = declareParameters(options.architecture, dimensions);
  const named = new Map(shapes.map(({ name, shape }) => [name, { shape, data: weights.get(name)! }]));
  const metadata = metadataOf(run, modelId);
  const graph = inferenceGraph(options.architecture, dimensions, PROBE_WINDOWS, weights, {
    portable: true,
    metadata: { model_id: modelId, contract_hash: contractHash },
  });
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const directory = await writeModelDirectory(root, modelId, {
    [MODEL_FILES.weights]: encodeWeights(named, config),
    [MODEL_FILES.config]: json(config),
    [MODEL_FILES.contract]: json(contract),
    [MODEL_FILES.metadata]: json(metadata),
    [MODEL_FILES.graph]: graph,
    [MODEL_FILES.probe]: await probeOf(run, graph),
    [MODEL_FILES.evaluation]: json(evaluation),
    [MODEL_FILES.card]: modelCard(config, contract, metadata, evaluation),
    [MODEL_FILES.lossesCsv]: lossesCsv(state.losses),
    [MODEL_FILES.lossesSvg]: lossesSvg(state.losses),
  });
  return { directory, modelId };
}

async function probeOf({ options, state, probe }: FinishedRun, graph: Uint8Array): Promise<Uint8Array> {
  const { spec } = state;
  const builder = createBatchBuilder(spec, PROBE_WINDOWS);
  const batch = builder.createBatch();
  for (let i = 0; i < PROBE_WINDOWS; i++) {
    const { series, origin } = probe[Math.floor((i * probe.length) / PROBE_WINDOWS)]!;
    builder.fill(i, series, origin, batch);
  }
  const inputs = networkInputs(batch, options.architecture, spec);
  const names = networkOutputs(spec);
  const outputs = await runExportedModel(graph, inputs, names);
  const tensor = (data: Float32Array) => ({ shape: [PROBE_WINDOWS, data.length / PROBE_WINDOWS], data });
  return encodeProbe({
    inputs: new Map(Object.entries(inputs).map(([name, data]) => [name, { dtype: "F32", ...tensor(data) }])),
    outputs: names.map((name) => tensor(outputs[name]!)),
  });
}

function metadataOf(
  { dataSet, options, state, split, versions, nowMs }: FinishedRun,
  modelId: string,
): TrainingMetadata {
  const { fingerprint, rows, servers, startMs, endMs } = dataSet.meta;
  return {
    formatVersion: 1,
    modelId,
    createdAt: new Date(nowMs).toISOString(),
    versions,
    data: { fingerprint, rows, servers, startMs, endMs },
    split: { validationStart: split.validation.startMs, testStart: split.test.startMs, end: split.test.endMs },
    seed: options.seed,
    epochs: state.losses.length,
    steps: state.step,
    durationMs: Math.round(state.elapsedMs),
    losses: state.losses satisfies EpochLosses[],
    options,
  };
}
