// The training loop as `forewarn train` runs it, on made-up series in memory: how much of its time is not ONNX Runtime's.
import { createRng } from "../src/base/index.ts";
import { createBatchBuilder, makeInputSpec, prepareSeries, sampleWindow } from "../src/dataset/index.ts";
import { DEFAULT_TRAIN_OPTIONS } from "../src/train/index.ts";
import { openStepper } from "../src/train/stepper.ts";
import { createLabelledBatch, fillLabelled } from "../src/train/windows.ts";
import { median } from "./machine-rates.ts";
import { contractWith } from "./synthetic-contract.ts";

const STEPS = 8640;
const SERVERS = 8;
const WARM_UP_STEPS = 5;

/** Where the time of a step goes; medians over the steps. */
export interface LoopFigures {
  targets: number;
  stepMs: number;
  /** Time of a step in which the workers do not compute: messages, waiting for each other and for the next batch. */
  overheadMs: number;
  overheadShare: number;
  /** Time that building a batch takes on its own; it happens beside the step, on a core that it shares. */
  batchMs: number;
}

/** Trains the default recipe on a contract of `targets` metrics. */
export async function timeLoop(targets: number, threads: number, steps: number): Promise<LoopFigures> {
  const options = { ...DEFAULT_TRAIN_OPTIONS, threads };
  const contract = contractWith(targets);
  const statistics = contract.metrics.map(() => ({ present: true, typicalScale: 5 }));
  const spec = makeInputSpec(contract, statistics, options);
  const rng = createRng(1);
  const noisy = () =>
    Float32Array.from({ length: STEPS }, (_, t) => 50 + 30 * Math.sin((2 * Math.PI * t) / 288) + 8 * rng.normal());
  const series = Array.from({ length: SERVERS }, (_, s) =>
    prepareSeries(spec, { server: `s${s}`, labels: {}, startMs: 0, steps: STEPS, values: contract.metrics.map(noisy) }),
  );
  const part = { startMs: 0, endMs: STEPS * spec.intervalMs };
  const source = {
    groupCount: 1,
    windows: async (batchNumber: number, size: number) => {
      const draw = createRng(batchNumber + 1);
      return Array.from({ length: size }, () => sampleWindow(draw, spec, series, part, { alignSteps: 12 }));
    },
  };
  await using stepper = await openStepper(spec, options, source, undefined, 0);
  const elapsed: number[] = [];
  const overheads: number[] = [];
  for (let step = 1; step <= WARM_UP_STEPS + steps; step++) {
    const [start, busyBefore] = [performance.now(), stepper.busyMs()];
    await stepper.step(step, 1e-3);
    if (step <= WARM_UP_STEPS) continue;
    const ms = performance.now() - start;
    elapsed.push(ms);
    overheads.push(ms - (stepper.busyMs() - busyBefore));
  }
  const [stepMs, overheadMs] = [median(elapsed), median(overheads)];

  const builder = createBatchBuilder(spec, options.batchSize);
  const batch = createLabelledBatch(spec, builder);
  const start = performance.now();
  for (let i = 0; i < 10; i++) {
    const places = await source.windows(i, options.batchSize);
    fillLabelled(builder, places, batch, options.lossScaleExponent, () => false);
  }
  const batchMs = (performance.now() - start) / 10;
  const round = (value: number) => Number(value.toPrecision(3));
  return {
    targets,
    stepMs: round(stepMs),
    overheadMs: round(overheadMs),
    overheadShare: round(overheadMs / stepMs),
    batchMs: round(batchMs),
  };
}
