// Training and forward runs of a workload, timed.
import { createRng } from "../src/base/index.ts";
import { openSession, type TensorData } from "../src/graph/index.ts";
import { declareParameters, inferenceGraph, packWeights, startValues, trainingGraph } from "../src/model/index.ts";
import { replicaCount } from "../src/train/replicas.ts";
import { openTrainer, type Trainer } from "../src/train/trainer.ts";
import { type MachineRates, median, timed } from "./machine-rates.ts";
import { floorMs, type OperatorCost, operatorCosts, totalCost } from "./operator-costs.ts";
import { randomInputs, type Workload } from "./workloads.ts";

/** Settings of the optimiser, the default recipe's. */
export const ADAM = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clipNorm: 0.5 };

const WARM_UP_STEPS = 3;

/** Figures of a training run. */
export interface TrainingFigures {
  parameters: number;
  replicas: number;
  openMs: number;
  stepMs: number;
  windowsPerSecond: number;
  /** Arithmetic of the products of a step. */
  gflopPerStep: number;
  /** The same by the time of a step, over the rate of a large product. */
  shareOfMatmul: number;
  gigabytesPerStep: number;
  /** Time that a step would take at the machine's rates, over the time it took. */
  shareOfFloor: number;
  /** Of the whole process so far. */
  peakRssMb: number;
  firstLoss: number;
  lastLoss: number;
}

/** Learning rate and its company at step `t`. */
export function ratesAt(t: number): TensorData {
  return {
    learningRate: Float32Array.of(1e-3),
    correction1: Float32Array.of(1 / (1 - ADAM.beta1 ** t)),
    correction2: Float32Array.of(1 / (1 - ADAM.beta2 ** t)),
    averageDecay: Float32Array.of(0.998),
  };
}

/** Trains on one random batch for a few steps, as `forewarn train` does. */
export async function timeTraining(
  workload: Workload,
  threads: number,
  steps: number,
  rates: MachineRates,
): Promise<TrainingFigures> {
  const run = await trainSteps(workload, threads, steps);
  const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const { batch } = workload;
  const replicas = replicaCount(batch, threads);
  const costs = await trainingCosts({ ...workload, batch: batch / replicas });
  const { flops, bytes } = totalCost(costs);
  const { stepMs } = run;
  return {
    parameters: run.parameters,
    replicas,
    openMs: Math.round(run.openMs),
    stepMs: round(stepMs),
    windowsPerSecond: Math.round((batch / stepMs) * 1000),
    gflopPerStep: round((flops * replicas) / 1e9),
    shareOfMatmul: round((flops * replicas) / stepMs / 1e6 / rates.matmulGflops),
    gigabytesPerStep: round((bytes * replicas) / 1e9),
    shareOfFloor: round((floorMs(costs, rates) * replicas) / stepMs),
    peakRssMb,
    firstLoss: run.losses[0]!,
    lastLoss: run.losses.at(-1)!,
  };
}

/** Opens a trainer of a workload with new weights. */
export function openWorkload({ architecture, dimensions, batch }: Workload, threads: number): Promise<Trainer> {
  return openTrainer({
    ...{ architecture, dimensions, adam: ADAM, batchSize: batch, threads, device: "cpu" as const },
    start(layout) {
      const p = packWeights(layout, startValues(declareParameters(architecture, dimensions), createRng(7)));
      return { p, m: new Float32Array(layout.total), v: new Float32Array(layout.total), average: p.slice() };
    },
  });
}

async function trainSteps(
  workload: Workload,
  threads: number,
  steps: number,
): Promise<{ parameters: number; openMs: number; stepMs: number; losses: number[] }> {
  const opened = performance.now();
  await using trainer = await openWorkload(workload, threads);
  const openMs = performance.now() - opened;
  const inputs = randomInputs(workload, 3);
  const losses: number[] = [];
  const times: number[] = [];
  for (let t = 1; t <= WARM_UP_STEPS + steps; t++) {
    const batch = trainer.deal(inputs); // in training this happens while the step before runs
    const start = performance.now();
    losses.push(await trainer.step(batch, ratesAt(t)));
    times.push(performance.now() - start);
  }
  const stepMs = median(times.slice(WARM_UP_STEPS));
  return { parameters: trainer.layout.total, openMs, stepMs, losses };
}

/** Costs of a training step of a workload, operator by operator. */
export async function trainingCosts(workload: Workload): Promise<OperatorCost[]> {
  const { model, total } = trainingGraph(workload.architecture, workload.dimensions, workload.batch, ADAM);
  const vector = () => new Float32Array(total).fill(0.01);
  const state = { p: vector(), m: vector(), v: vector(), average: vector() };
  return operatorCosts(model, { ...randomInputs(workload, 3), ...state, ...ratesAt(1) }, ["loss", "nextP"]);
}

/** Forecasts random batches. */
export async function timeForward(
  workload: Workload,
  threads: number,
  runs: number,
): Promise<{ batchMs: number; windowsPerSecond: number }> {
  const { architecture, dimensions, batch } = workload;
  const weights = startValues(declareParameters(architecture, dimensions), createRng(7));
  await using session = await openSession(inferenceGraph(architecture, dimensions, batch, weights), { threads });
  const { past, future, static: fixed, candidates, breachFeatures } = randomInputs(workload, 3);
  const inputs = {
    ...{ past: past!, future: future!, static: fixed! },
    ...(candidates ? { candidates } : {}),
    ...(breachFeatures ? { breachFeatures } : {}),
  };
  await timed(3, () => session.run(inputs, ["quantiles"]));
  const batchMs = median(await timed(runs, () => session.run(inputs, ["quantiles"])));
  return { batchMs: round(batchMs), windowsPerSecond: Math.round((batch / batchMs) * 1000) };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
