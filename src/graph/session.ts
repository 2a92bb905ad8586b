// Sessions: ONNX models run by ONNX Runtime in a worker thread of their own.
import { Worker } from "node:worker_threads";
import { readInputs } from "./onnx/read.ts";
import type { Device } from "./tensor.ts";

/** Named float tensors, row-major; their shapes are the model's. */
export type TensorData = Record<string, Float32Array>;

/** Named tensors in shared memory, each with slots to use in turn, so that none is overwritten while it is read. */
export type SharedTensors = Readonly<Record<string, readonly Float32Array[]>>;

/** How a session runs. */
export interface SessionOptions {
  /** Threads of one operator. */
  threads: number;
  /** Where it runs, the CPU unless given; the model must be emitted for it. */
  device?: Device;
  /** Lets other threads go first, so that a process stays quick to answer while it runs; on Linux only. */
  inBackground?: boolean;
  /** Graph optimisations of ONNX Runtime. */
  optimisation?: "disabled" | "basic" | "extended" | "all";
  /** Input name -> output name: the output of a run is the input of the next, without leaving the worker. */
  carry?: Readonly<Record<string, string>>;
  /** First values of the carried inputs. */
  state?: TensorData;
  /** Tensors in shared memory, through which sessions exchange them: outputs are written there, inputs read. */
  shared?: { outputs: SharedTensors; inputs: SharedTensors };
  /** File prefix of ONNX Runtime's profile, for benchmarks. */
  profilePrefix?: string;
}

/** How one run differs from the others. */
export interface RunOptions {
  /** Name of the model, where there are several. */
  model?: string;
  /** Slot of the shared tensors that it writes or reads; the first one if none is given. */
  slot?: number;
  /** Hands the buffers of `inputs` over without a copy; they are empty afterwards. */
  giveAway?: boolean;
}

/** A running session. One `run` at a time; calls queue in order. */
export interface Session {
  /** Runs a model. The buffers of `inputs` are copied, so they may be reused at once, unless they are given away. */
  run(inputs: TensorData, outputs: readonly string[], options?: RunOptions): Promise<TensorData>;
  /** The carried tensors as they are now. */
  state(): Promise<TensorData>;
  /** Time that ONNX Runtime has spent in runs, as of the last answer. */
  busyMs(): number;
  /** Ends the worker when its run is over; what waits is rejected. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Answer {
  id: number;
  result: TensorData;
  error?: string;
  busyMs: number;
}

const ONLY_MODEL = "model";

/**
 * Starts a worker and loads a model in it, or several by name, which share the carried tensors.
 * @throws Error with ONNX Runtime's message when a model does not load.
 */
export async function openSession(
  model: Uint8Array | Readonly<Record<string, Uint8Array>>,
  options: SessionOptions,
): Promise<Session> {
  const models = model instanceof Uint8Array ? { [ONLY_MODEL]: model } : model;
  const shapes = Object.fromEntries(
    Object.entries(models).map(([name, bytes]) => [
      name,
      Object.fromEntries(readInputs(bytes).map((input) => [input.name, input.shape])),
    ]),
  );
  const shapeOf = (input: string): readonly number[] | undefined =>
    Object.values(shapes).find((shapesOfModel) => input in shapesOfModel)?.[input];
  const state = Object.entries(options.state ?? {}).map(([name, data]) => [name, { data, shape: shapeOf(name) }]);
  const closing = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("./session-worker.js", import.meta.url), {
    execArgv: [],
    workerData: {
      models,
      shapes,
      closing,
      inBackground: options.inBackground ?? false,
      carry: options.carry ?? {},
      state: Object.fromEntries(state),
      shared: options.shared ?? { outputs: {}, inputs: {} },
      options: {
        executionProviders: [options.device ?? "cpu"],
        intraOpNumThreads: options.threads,
        interOpNumThreads: 1,
        // Planned in one block, the tensors of a run would take half as much memory again and be no faster.
        enableMemPattern: false,
        graphOptimizationLevel: options.optimisation ?? "all",
        logSeverityLevel: 3,
        ...(options.profilePrefix ? { enableProfiling: true, profileFilePrefix: options.profilePrefix } : {}),
      },
    },
  });
  const waiting = new Map<number, { resolve: (value: TensorData) => void; reject: (error: Error) => void }>();
  let failure: Error | undefined;
  let lastId = 0;
  const fail = (error: Error): void => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  await new Promise<void>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", () => {
      worker.off("error", reject);
      resolve();
    });
  });
  worker.on("error", fail);
  worker.on("exit", () => fail(new Error("session: the worker has ended")));
  let busyMs = 0;
  worker.on("message", ({ id, result, error, ...answer }: Answer) => {
    busyMs = answer.busyMs;
    const entry = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) entry?.resolve(result);
    else entry?.reject(new Error(`session: ${error}`));
  });
  const call = (message: object, transfer: readonly ArrayBuffer[] = []): Promise<TensorData> => {
    if (failure) return Promise.reject(failure);
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...message }, transfer);
    });
  };
  // A worker that is terminated within ONNX Runtime takes the process with it, so it ends by itself between two runs.
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const close = async (): Promise<void> => {
    Atomics.store(closing, 0, 1);
    worker.postMessage({ kind: "close" });
    await exited;
  };
  return {
    run: (inputs, outputs, { model: name = ONLY_MODEL, slot = 0, giveAway = false } = {}) =>
      call(
        { kind: "run", model: name, slot, inputs, outputs },
        giveAway ? Object.values(inputs).map(({ buffer }) => buffer as ArrayBuffer) : [],
      ),
    state: () => call({ kind: "state" }),
    busyMs: () => busyMs,
    close,
    [Symbol.asyncDispose]: close,
  };
}
