// What the machine can do at best: products of large matrices, and passes over memory. Figures of the engine are set
// against these rates of the same run.
import { createRng } from "../src/base/index.ts";
import { add, constant, emitModel, input, matmul, openSession, type Tensor } from "../src/graph/index.ts";

/** Rates of the machine on a number of threads. */
export interface MachineRates {
  /** Arithmetic of a product of two 1024 x 1024 matrices, GFLOP/s. */
  matmulGflops: number;
  /** Bytes that sums of two tensors read and write, GB/s; 1 MiB tensors, so most comes from the caches. */
  memoryGbps: number;
}

/** The middle one of some values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Milliseconds of each of `count` calls. */
export async function timed(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times;
}

/** Measures the rates; a second or two. */
export async function machineRates(threads: number): Promise<MachineRates> {
  return { matmulGflops: await matmulGflops(threads), memoryGbps: await memoryGbps(threads) };
}

function emit(outputs: Record<string, Tensor>): Uint8Array {
  return emitModel({ outputs, parameters: { kind: "initialisers", values: new Map() } });
}

async function matmulGflops(threads: number): Promise<number> {
  const n = 1024;
  const rng = createRng(1);
  const matrix = () => Float32Array.from({ length: n * n }, () => rng.normal());
  const model = emit({ c: matmul(input("a", [n, n]), constant(matrix(), [n, n])) });
  await using session = await openSession(model, { threads });
  const a = matrix();
  await timed(3, () => session.run({ a }, ["c"]));
  const busy = session.busyMs();
  const runs = 12;
  await timed(runs, () => session.run({ a }, ["c"]));
  return (2 * n ** 3 * runs) / (session.busyMs() - busy) / 1e6;
}

/** One session of one thread each, all at once, as in training. */
async function memoryGbps(threads: number): Promise<number> {
  const [length, passes, runs] = [2 ** 18, 64, 20];
  const x = input("x", [length]);
  const model = emit({ y: Array.from({ length: passes }).reduce<Tensor>((sum) => add(sum, x), x) });
  const rates = await Promise.all(
    Array.from({ length: threads }, async () => {
      await using session = await openSession(model, { threads: 1, optimisation: "disabled" });
      const feeds = { x: new Float32Array(length).fill(1) };
      await timed(3, () => session.run(feeds, ["y"]));
      const busy = session.busyMs();
      await timed(runs, () => session.run(feeds, ["y"]));
      return (3 * Float32Array.BYTES_PER_ELEMENT * length * passes * runs) / (session.busyMs() - busy) / 1e6;
    }),
  );
  return rates.reduce((a, b) => a + b, 0);
}
