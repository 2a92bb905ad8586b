// Worker thread that holds ONNX Runtime sessions, because `session.run` blocks the thread it is called on.
// Plain JavaScript so that it runs as it is, from the sources and from the build. Its messages: session.ts.
// @ts-check
import { getPriority, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { InferenceSession, Tensor } from "onnxruntime-node";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const { models, shapes, options, inBackground, carry, state, shared } = workerData;
/** 1 once this worker is to end. */
const closing = /** @type {Int32Array} */ (workerData.closing);

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

/**
 * @typedef {{ model: string; slot: number; inputs: Record<string, Float32Array>; outputs: readonly string[] }} Call
 * @param {Call} call
 */
async function run({ model, slot, inputs, outputs }) {
  const session = sessions[model];
  if (!session) throw new Error(`there is no model ${model}`);
  const owns = (/** @type {string} */ name) => session.inputNames.includes(name);
  const tensor = (/** @type {string} */ name, /** @type {Float32Array} */ data) =>
    new Tensor("float32", data, shapes[model][name]);
  const feeds = Object.fromEntries([...carried].filter(([name]) => owns(name)));
  // ONNX Runtime takes no shared memory, so what is read from there is copied.
  for (const [name, slots] of Object.entries(shared.inputs)) {
    if (owns(name)) feeds[name] = tensor(name, slots[slot].slice());
  }
  for (const [name, data] of Object.entries(inputs)) feeds[name] = tensor(name, data);
  const gives = (/** @type {string} */ name) => session.outputNames.includes(name);
  const renewed = Object.entries(carry).filter(([, output]) => gives(output));
  const published = Object.keys(shared.outputs).filter(gives);
  const startedMs = performance.now();
  const results = await session.run(feeds, [...outputs, ...published, ...renewed.map(([, output]) => output)]);
  busyMs += performance.now() - startedMs;
  const dataOf = (/** @type {string} */ name) => /** @type {Float32Array} */ (results[name]?.data);
  for (const [name, output] of renewed) carried.set(name, /** @type {Tensor} */ (results[output]));
  for (const name of published) shared.outputs[name][slot].set(dataOf(name));
  return Object.fromEntries(outputs.map((name) => [name, dataOf(name)]));
}

/** @param {Call & { id: number; kind: string }} call */
async function answer({ id, kind, ...call }) {
  try {
    const result =
      kind === "state"
        ? Object.fromEntries([...carried].map(([name, { data }]) => [name, /** @type {Float32Array} */ (data).slice()]))
        : await run(call);
    port.postMessage({ id, result, busyMs });
  } catch (error) {
    port.postMessage({ id, error: error instanceof Error ? error.message : String(error), busyMs });
  }
}

/** Time spent in runs so far. */
let busyMs = 0;
/** @type {Record<string, InferenceSession>} */
const sessions = {};
for (const [name, bytes] of Object.entries(models)) sessions[name] = await InferenceSession.create(bytes, options);
for (const [name, { data, shape }] of Object.entries(state)) carried.set(name, new Tensor("float32", data, shape));
port.postMessage({ ready: true });
// One call after the other: a run must have carried its tensors before the next one reads them.
let turn = Promise.resolve();
port.on("message", (call) => {
  turn = turn.then(() => (Atomics.load(closing, 0) === 1 ? process.exit() : answer(call)));
});
