// The network of a model directory: which tensors its config demands, and how verification runs it.
import { ForewarnError } from "../base/index.ts";
import { checkModel } from "../graph/index.ts";
import {
  declareParameters,
  inferenceGraph,
  modelDimensions,
  networkOutputs,
  runExportedModel,
} from "../model/index.ts";
import type { ExpectedTensors, ModelDirectory } from "./model-directory.ts";
import type { Tensor } from "./safetensors.ts";
import type { ModelRunner } from "./verify.ts";

/** Names and shapes of the weights of the Temporal Fusion Transformer that a config describes. */
export const networkTensors: ExpectedTensors = ({ architecture, inputs }) =>
  new Map(declareParameters(architecture, modelDimensions(inputs)).map(({ name, shape }) => [name, shape]));

/**
 * Runs a model's network for {@link verifyOutputs}: freshly built around given weights, or as exported. A probe has as
 * many windows as the batch of model.onnx.
 */
export function networkRunner({ config }: Pick<ModelDirectory, "config">): ModelRunner {
  const outputs = networkOutputs(config.inputs);
  const runGraph = async (graph: Uint8Array, inputs: ReadonlyMap<string, Tensor>): Promise<Float32Array[]> => {
    const tensors = Object.fromEntries([...inputs].map(([name, { data }]) => [name, data as Float32Array]));
    const results = await runExportedModel(graph, tensors, outputs);
    return outputs.map((name) => results[name]!);
  };
  return {
    runProbe: (weights, inputs) => {
      const batch = inputs.get("past")?.shape[0] ?? 1;
      return runGraph(inferenceGraph(config.architecture, modelDimensions(config.inputs), batch, weights), inputs);
    },
    runExported: async (graph, inputs) => {
      checkModel(graph);
      try {
        return await runGraph(graph, inputs);
      } catch (error) {
        throw new ForewarnError("graph_invalid", `model.onnx: Expected a graph that runs on the probe`, {
          cause: error,
        });
      }
    },
  };
}
