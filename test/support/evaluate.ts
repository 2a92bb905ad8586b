// Computes tensors at once, in the test's own thread. src/graph/session.ts does the same in a worker, which takes longer
// to start than most tests run.
import type { InferenceSession } from "onnxruntime-node";
import { topologicalOrder } from "../../src/graph/gradient.ts";
import { type Device, emitModel, layOut, type Tensor } from "../../src/graph/index.ts";
import { sameShape } from "../../src/graph/tensor.ts";

/** How an evaluation runs. */
export interface EvaluateOptions {
  portable?: boolean;
  /** Device that the model is emitted for; it runs on the CPU all the same. */
  device?: Device;
  optimisation?: InferenceSession.SessionOptions["graphOptimizationLevel"];
}

/**
 * Evaluates tensors with ONNX Runtime on one thread.
 * @param outputs Name -> tensor.
 * @param feeds   Values of all inputs and parameters that the outputs depend on, by name.
 * @throws Error when a result's shape is not the one that the graph inferred.
 */
export async function evaluate<Name extends string>(
  outputs: Readonly<Record<Name, Tensor>>,
  feeds: Readonly<Record<string, ArrayLike<number>>> = {},
  { portable = false, device = "cpu", optimisation = "all" }: EvaluateOptions = {},
): Promise<Record<Name, Float32Array>> {
  const leaves = (kind: string): Tensor[] =>
    topologicalOrder(Object.values(outputs))
      .filter(({ operator }) => operator.name === kind)
      .map((node) => node.outputs[0]!);
  const feedOf = (tensor: Tensor): Float32Array => {
    const name = String(tensor.node.attributes["name"]);
    const values = feeds[name];
    if (!values) throw new Error(`evaluate: nothing is fed to ${name}`);
    return Float32Array.from(values);
  };
  const parameters = leaves("parameter");
  const layout = layOut(parameters);
  const model = emitModel({
    outputs,
    portable,
    device,
    parameters:
      parameters.length > 0
        ? { kind: "vector", name: "parameters", ...layout }
        : { kind: "initialisers", values: new Map() },
  });
  const vector = new Float32Array(layout.total);
  for (const [i, { offset }] of layout.slots.entries()) vector.set(feedOf(parameters[i]!), offset);
  const results = await runModel(
    model,
    {
      ...Object.fromEntries(
        leaves("input").map((t) => [t.node.attributes["name"], { shape: t.shape, data: feedOf(t) }]),
      ),
      ...(parameters.length > 0 ? { parameters: { shape: [layout.total], data: vector } } : {}),
    },
    optimisation,
  );
  return Object.fromEntries(
    Object.entries<Tensor>(outputs).map(([name, { shape }]) => {
      const { dims, data } = results[name]!;
      if (!sameShape(dims, shape)) throw new Error(`evaluate: ${name} is [${dims}], and was inferred as [${shape}]`);
      return [name, data as Float32Array];
    }),
  ) as Record<Name, Float32Array>;
}

/** Runs an ONNX model on one thread. */
export async function runModel(
  model: Uint8Array,
  feeds: Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>,
  optimisation: EvaluateOptions["optimisation"] = "all",
): Promise<InferenceSession.ReturnType> {
  const ort = await import("onnxruntime-node");
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...(optimisation ? { graphOptimizationLevel: optimisation } : {}),
  });
  try {
    return await session.run(
      Object.fromEntries(
        Object.entries(feeds).map(([name, { shape, data }]) => [name, new ort.Tensor("float32", data, shape)]),
      ),
    );
  } finally {
    await session.release();
  }
}
