// The training loop as `forewarn train` runs it, beside the engine alone on batches made beforehand; both in turn in one
// process. What the loop takes longer is data preparation; what the engine does not compute is messages and waiting.
import { createRng } from "../src/base/index.ts";
import {
  createBatchBuilder,
  type InputSpec,
  makeInputSpec,
  type PreparedSeries,
  prepareSeries,
  sampleWindow,
  type TimePart,
  type WindowSource,
} from "../src/dataset/index.ts";
import type { TensorData } from "../src/graph/index.ts";
import { modelDimensions } from "../src/model/index.ts";
import { DEFAULT_TRAIN_OPTIONS } from "../src/train/index.ts";
import { inputSpecOf, openTrainingData, splitDataSet } from "../src/train/input-data.ts";
import { openStepper } from "../src/train/stepper.ts";
import { createLabelledBatch, dropoutMasks, fillLabelled, labelledFeeds } from "../src/train/windows.ts";
import { openWorkload, ratesAt } from "./engine-runs.ts";
import { median } from "./machine-rates.ts";
import { contractWith } from "./synthetic-contract.ts";

const STEPS = 8640;
const SERVERS = 8;
/** Most servers of a data set that windows are drawn from. */
const MAX_SERVERS = 60;
const STEPS_IN_TURN = 6;
const BATCHES = 20;

/** What windows are drawn from. */
export interface LoopData {
  name: string;
  spec: InputSpec;
  series: readonly PreparedSeries[];
  part: TimePart;
}

/** Where the time of a step goes; medians over the steps. */
export interface LoopFigures {
  data: string;
  metrics: number;
  targets: number;
  /** A step of the loop, and of the engine alone on batches that are ready. */
  stepMs: number;
  engineMs: number;
  /** Time that a worker computes in a step of the engine alone, on average over the workers. */
  computingMs: number;
  /** What the loop adds to the engine: batches, which are built beside the step on a core that it shares. */
  preparationShare: number;
  /** All of a step in which the engine would not have computed: preparation, messages, waiting for each other. */
  overheadShare: number;
  /** Share of a step's processor time that is not the engine's: what stays the same where other work wants the cores. */
  processorShare: number;
  /** Processor time that drawing and building a batch takes. */
  batchCpuMs: number;
}

/** Made-up series of a contract of `targets` metrics. */
export function madeUpData(targets: number): LoopData {
  const contract = contractWith(targets);
  const statistics = contract.metrics.map(() => ({ present: true, typicalScale: 5 }));
  const spec = makeInputSpec(contract, statistics, DEFAULT_TRAIN_OPTIONS);
  const rng = createRng(1);
  const noisy = () =>
    Float32Array.from({ length: STEPS }, (_, t) => 50 + 30 * Math.sin((2 * Math.PI * t) / 288) + 8 * rng.normal());
  const series = Array.from({ length: SERVERS }, (_, s) =>
    prepareSeries(spec, { server: `s${s}`, labels: {}, startMs: 0, steps: STEPS, values: contract.metrics.map(noisy) }),
  );
  return { name: "made up", spec, series, part: { startMs: 0, endMs: STEPS * spec.intervalMs } };
}

/** Training windows of a data set. */
export async function storedData(directory: string): Promise<LoopData> {
  const dataSet = await openTrainingData(directory, DEFAULT_TRAIN_OPTIONS);
  try {
    const split = splitDataSet(dataSet, DEFAULT_TRAIN_OPTIONS);
    const spec = await inputSpecOf(dataSet, split, DEFAULT_TRAIN_OPTIONS);
    const servers = (await dataSet.servers()).map(({ server }) => server).slice(0, MAX_SERVERS);
    const series = (await dataSet.readSeries(servers)).map((one) => prepareSeries(spec, one));
    return { name: dataSet.meta.contract.name, spec, series, part: split.train };
  } finally {
    dataSet.close();
  }
}

/** Times the default recipe on a data set, `steps` steps of the loop and as many of the engine alone. */
export async function timeLoop(
  { name, spec, series, part }: LoopData,
  threads: number,
  steps: number,
): Promise<LoopFigures> {
  const options = { ...DEFAULT_TRAIN_OPTIONS, threads };
  const { architecture, batchSize } = options;
  const source: WindowSource = {
    groupCount: 1,
    windows: async (batchNumber, size) => {
      const draw = createRng(batchNumber + 1);
      return Array.from({ length: size }, () => sampleWindow(draw, spec, series, part));
    },
  };
  const builder = createBatchBuilder(spec, batchSize);
  const batch = createLabelledBatch(spec, builder);
  const build = async (batchNumber: number): Promise<TensorData> => {
    const places = await source.windows(batchNumber, batchSize);
    fillLabelled(builder, places, batch, options.lossScaleExponent, () => false);
    return { ...labelledFeeds(batch, architecture, spec), dropout: dropoutMasks(options, batchNumber) };
  };
  const feeds = await build(0);

  await using stepper = await openStepper(spec, options, source, undefined, 0);
  const workload = { name, architecture, dimensions: modelDimensions(spec), batch: batchSize };
  await using engine = await openWorkload(workload, threads);
  const times = { loop: [] as number[], engine: [] as number[], computing: [] as number[] };
  const processorMs = { loop: 0, engine: 0 };
  for (let step = 1; step <= steps; ) {
    const last = Math.min(steps, step + STEPS_IN_TURN - 1);
    const loopBegan = process.cpuUsage();
    for (let t = step; t <= last; t++) times.loop.push(await elapsed(() => stepper.step(t, 1e-3)));
    processorMs.loop += processorMsSince(loopBegan);
    const engineBegan = process.cpuUsage();
    for (; step <= last; step++) {
      const [dealt, busyBefore] = [engine.deal(feeds), engine.busyMs()];
      times.engine.push(await elapsed(() => engine.step(dealt, ratesAt(step))));
      times.computing.push(engine.busyMs() - busyBefore);
    }
    processorMs.engine += processorMsSince(engineBegan);
  }
  for (let i = 0; i < BATCHES / 2; i++) await build(i);
  const batchesBegan = process.cpuUsage();
  for (let i = 0; i < BATCHES; i++) await build(i);
  const batchCpuMs = processorMsSince(batchesBegan) / BATCHES;
  const [stepMs, engineMs, computingMs] = [median(times.loop), median(times.engine), median(times.computing)];
  return {
    data: name,
    metrics: spec.metrics.length,
    targets: spec.targets.length,
    stepMs: round(stepMs),
    engineMs: round(engineMs),
    computingMs: round(computingMs),
    preparationShare: round(1 - engineMs / stepMs),
    overheadShare: round(1 - computingMs / stepMs),
    processorShare: round(1 - processorMs.engine / processorMs.loop),
    batchCpuMs: round(batchCpuMs),
  };
}

async function elapsed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Of all threads of this process. */
function processorMsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
