// Worker thread that holds one ONNX Runtime session, because `session.run` blocks the thread it is called on.
// Plain JavaScript so that it runs as it is, from the sources and from the build. Its messages: session.ts.
// @ts-check
import { getPriority, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { InferenceSession, Tensor } from "onnxruntime-node";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const { model, options, shapes, inBackground, carry, state } = workerData;

/** Linux gives each thread a niceness of its own, which the threads that it starts inherit: setpriority(2). */
const BACKGROUND_NICENESS = 10;
if (inBackground && process.platform === "linux") {
  setPriority(Math.max(getPriority(), BACKGROUND_NICENESS));
}

/**
 * Tensors that stay here between runs: input name -> tensor, renewed from the output that `carry` names.
 * @type {Map<string, Tensor>}
 */
const carried = new Map();
for (const [name, data] of Object.entries(state)) carried.set(name, new Tensor("float32", data, shapes[name]));

/** @param {Record<string, Float32Array>} inputs @param {readonly string[]} outputs */
async function run(inputs, outputs) {
  const feeds = Object.fromEntries(carried);
  for (const [name, data] of Object.entries(inputs)) feeds[name] = new Tensor("float32", data, shapes[name]);
  const results = await session.run(feeds, [...outputs, ...Object.values(carry)]);
  for (const [name, output] of Object.entries(carry)) carried.set(name, /** @type {Tensor} */ (results[output]));
  return Object.fromEntries(outputs.map((name) => [name, /** @type {Tensor} */ (results[name]).data]));
}

/** @param {{ id: number; kind: string; inputs: Record<string, Float32Array>; outputs: readonly string[] }} call */
async function answer({ id, kind, inputs, outputs }) {
  try {
    const result =
      kind === "state"
        ? Object.fromEntries([...carried].map(([name, { data }]) => [name, /** @type {Float32Array} */ (data).slice()]))
        : await run(inputs, outputs);
    port.postMessage({ id, result });
  } catch (error) {
    port.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

const session = await InferenceSession.create(model, options);
port.postMessage({ ready: true });
// One call after the other: a run must have carried its tensors before the next one reads them.
let turn = Promise.resolve();
port.on("message", (call) => {
  turn = turn.then(() => answer(call));
});
