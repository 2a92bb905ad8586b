// Training and forward throughput of the workloads beside the 1024-cubed matrix product of the same run.
import { cpus } from "node:os";
import { createRng } from "../src/base/index.ts";
import { constant, emitModel, input, matmul, openSession, type TensorData } from "../src/graph/index.ts";
import { declareParameters, inferenceGraph, packWeights, startValues, trainingGraph } from "../src/model/index.ts";
import { DEFAULT, REF, randomInputs, type Workload } from "./workloads.ts";

const THREADS = Number(process.env["BENCH_THREADS"] ?? Math.min(2, cpus().length));
const profilePrefix = process.env["BENCH_PROFILE"];
const ADAM = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clipNorm: 0.5 };

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function timed(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times;
}

async function matmulGflops(): Promise<number> {
  const n = 1024;
  const rng = createRng(1);
  const b = constant(
    Float32Array.from({ length: n * n }, () => rng.normal()),
    [n, n],
  );
  const model = emitModel({
    outputs: { c: matmul(input("a", [n, n]), b) },
    parameters: { kind: "initialisers", values: new Map() },
  });
  await using session = await openSession(model, { threads: THREADS });
  const a = Float32Array.from({ length: n * n }, () => rng.normal());
  await timed(3, () => session.run({ a }, ["c"]));
  return (2 * n ** 3) / median(await timed(10, () => session.run({ a }, ["c"]))) / 1e6;
}

async function benchTraining(workload: Workload, steps: number): Promise<Record<string, unknown>> {
  const built = performance.now();
  const graph = trainingGraph(workload.architecture, workload.dimensions, workload.batch, ADAM);
  const buildMs = performance.now() - built;
  const values = startValues(declareParameters(workload.architecture, workload.dimensions), createRng(7));
  const p = packWeights(graph, values);
  const blank = () => new Float32Array(graph.total);
  const opened = performance.now();
  await using session = await openSession(graph.model, {
    threads: THREADS,
    optimisation: "disabled",
    carry: graph.carry,
    state: { p, m: blank(), v: blank(), average: p.slice() },
    ...(profilePrefix ? { profilePrefix } : {}),
  });
  const sessionMs = performance.now() - opened;
  const inputs = randomInputs(workload, 3);
  const losses: number[] = [];
  const step = async (t: number): Promise<void> => {
    const rates: TensorData = {
      learningRate: Float32Array.of(1e-3),
      correction1: Float32Array.of(1 / (1 - 0.9 ** t)),
      correction2: Float32Array.of(1 / (1 - 0.99 ** t)),
      averageDecay: Float32Array.of(0.998),
    };
    losses.push((await session.run({ ...inputs, ...rates }, ["loss"]))["loss"]![0]!);
  };
  let t = 0;
  await timed(3, () => step(++t));
  const times = await timed(steps, () => step(++t));
  return {
    name: `${workload.name} training`,
    parameters: graph.total,
    buildMs: Math.round(buildMs),
    sessionMs: Math.round(sessionMs),
    stepMs: Math.round(median(times)),
    windowsPerSecond: Math.round((workload.batch / median(times)) * 1000),
    firstLoss: losses[0],
    lastLoss: losses.at(-1),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
    modelMb: graph.model.length / 1e6,
  };
}

async function benchForward(workload: Workload, runs: number): Promise<Record<string, unknown>> {
  const { architecture, dimensions, batch } = workload;
  const weights = startValues(declareParameters(architecture, dimensions), createRng(7));
  await using session = await openSession(inferenceGraph(architecture, dimensions, batch, weights), {
    threads: THREADS,
  });
  const {
    target: _t,
    weight: _w,
    dropout: _d,
    breachEvent: _e,
    breachAtRisk: _r,
    ...inputs
  } = randomInputs(workload, 3);
  await timed(3, () => session.run(inputs, ["quantiles"]));
  const ms = median(await timed(runs, () => session.run(inputs, ["quantiles"])));
  return {
    name: `${workload.name} forward`,
    batchMs: Math.round(ms),
    windowsPerSecond: Math.round((batch / ms) * 1000),
  };
}

const only = process.argv[2];
const report: Record<string, unknown> = { threads: THREADS, cpu: cpus()[0]?.model, node: process.version };
report["matmulGflops"] = Math.round(await matmulGflops());
for (const workload of [REF, DEFAULT]) {
  if (only && only !== workload.name) continue;
  report[`${workload.name}Training`] = await benchTraining(workload, workload === REF ? 15 : 40);
  report[`${workload.name}Forward`] = await benchForward(workload, 15);
}
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
