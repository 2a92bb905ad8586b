// Sessions: ONNX models run by ONNX Runtime in a worker thread of their own.
import { Worker } from "node:worker_threads";
import { readInputs } from "./onnx/read.ts";

/** Named float tensors, row-major; their shapes are the model's. */
export type TensorData = Record<string, Float32Array>;

/** How a session runs. */
export interface SessionOptions {
  /** Threads of one operator. */
  threads: number;
  /** Lets other threads go first, so that a process stays quick to answer while it runs; on Linux only. */
  inBackground?: boolean;
  /** Graph optimisations of ONNX Runtime. */
  optimisation?: "disabled" | "basic" | "extended" | "all";
  /** Input name -> output name: the output of a run is the input of the next, without leaving the worker. */
  carry?: Readonly<Record<string, string>>;
  /** First values of the carried inputs. */
  state?: TensorData;
  /** File prefix of ONNX Runtime's profile, for benchmarks. */
  profilePrefix?: string;
}

/** A running session. One `run` at a time; calls queue in order. */
export interface Session {
  /** Runs the model. The buffers of `inputs` are copied, so they may be reused at once. */
  run(inputs: TensorData, outputs: readonly string[]): Promise<TensorData>;
  /** The carried tensors as they are now. */
  state(): Promise<TensorData>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a worker and loads the model in it.
 * @throws Error with ONNX Runtime's message when the model does not load.
 */
export async function openSession(model: Uint8Array, options: SessionOptions): Promise<Session> {
  const shapes = Object.fromEntries(readInputs(model).map(({ name, shape }) => [name, shape]));
  const worker = new Worker(new URL("./session-worker.js", import.meta.url), {
    execArgv: [],
    workerData: {
      model,
      shapes,
      inBackground: options.inBackground ?? false,
      carry: options.carry ?? {},
      state: options.state ?? {},
      options: {
        executionProviders: ["cpu"],
        intraOpNumThreads: options.threads,
        interOpNumThreads: 1,
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
  worker.on("message", ({ id, result, error }: { id: number; result: TensorData; error?: string }) => {
    const entry = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) entry?.resolve(result);
    else entry?.reject(new Error(`session: ${error}`));
  });
  const call = (message: object): Promise<TensorData> => {
    if (failure) return Promise.reject(failure);
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...message });
    });
  };
  const close = async (): Promise<void> => {
    await worker.terminate();
  };
  return {
    run: (inputs, outputs) => call({ kind: "run", inputs, outputs }),
    state: () => call({ kind: "state" }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
