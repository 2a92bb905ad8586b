// The loop: steps and epochs until the last one, the end of the time budget, or an interruption. There is no early
// stopping: it would end a run while its learning rate is high, and every run ends with a low one.
import { ForewarnError } from "../base/index.ts";
import { type InputSpec, openWindowSource, type TimePart, type WindowPlace } from "../dataset/index.ts";
import type { DataSet } from "../store/index.ts";
import { type Checkpoint, type RunIdentity, writeCheckpoint } from "./checkpoint.ts";
import { openJudge } from "./judge.ts";
import { noteEpoch } from "./note-epoch.ts";
import type { Progress, TrainRequest } from "./request.ts";
import { learningRateAt } from "./schedule.ts";
import { openStepper } from "./stepper.ts";

/** What a run works on. */
export interface Run {
  identity: RunIdentity;
  spec: InputSpec;
  dataSet: DataSet;
  train: TimePart;
  validation: readonly WindowPlace[];
  /** Where to go on; undefined starts anew. */
  checkpoint: Checkpoint | undefined;
}

/** The averaged weights with the lowest validation loss of the second half, and the state of the run at its end. */
export interface Optimised {
  weights: Map<string, Float32Array>;
  state: Checkpoint["state"];
}

/** Runs the loop. Throws `interrupted` after a checkpoint; see train() for the rest. */
export async function optimise(request: TrainRequest, run: Run): Promise<Optimised> {
  const { options, root, now, signal, onProgress } = request;
  const { identity, spec, dataSet, validation, checkpoint } = run;
  const { epochs, stepsPerEpoch, timeBudgetMs, batchSize } = options;
  const { best: storedBest, ...storedVectors } = checkpoint?.vectors ?? {};
  const state = checkpoint?.state ?? freshState(spec);
  const source = await openWindowSource(spec, dataSet, run.train, { ...options, batchesPerGroup: stepsPerEpoch });
  await using stepper = await openStepper(spec, options, source, checkpoint && storedVectors, state.step);
  await using judge = await openJudge(spec, options, validation);
  let best = storedBest ?? (await stepper.vectors())["average"]!;

  const startedMs = now() - state.elapsedMs;
  const elapsedMs = (): number => now() - startedMs;
  const progress = (): number =>
    Math.max(state.step / (epochs * stepsPerEpoch), timeBudgetMs === null ? 0 : elapsedMs() / timeBudgetMs);
  const save = async (): Promise<void> => {
    state.elapsedMs = elapsedMs();
    writeCheckpoint(root, { identity, state, vectors: { ...(await stepper.vectors()), best } });
  };

  let epoch = startEpoch(now());
  // Read once a step, so that a run cannot end between two looks without an epoch that may be the best.
  let done = progress();
  while (done < 1) {
    const rate = learningRateAt(state.step, options.warmupSteps, done, options.learningRate);
    epoch.lossSum += await stepper.step(state.step + 1, rate);
    epoch.steps++;
    state.step++;
    done = progress();
    const report: Progress = {
      epoch: Math.ceil(state.step / stepsPerEpoch),
      epochs,
      step: state.step,
      windowsPerSecond: (epoch.steps * batchSize * 1000) / Math.max(1, now() - epoch.startedMs),
      trainLoss: epoch.lossSum / epoch.steps,
      validationLoss: null,
      remainingMs: elapsedMs() * (1 / Math.max(done, 1e-9) - 1),
    };
    if (state.step % stepsPerEpoch === 0 || done >= 1) {
      const average = (await stepper.vectors())["average"]!;
      const validationLoss = await judge.lossOf(average);
      const losses = { epoch: report.epoch, train: report.trainLoss, validation: validationLoss };
      done = progress();
      if (noteEpoch(state, losses, done)) best = average;
      await save();
      onProgress?.({ ...report, validationLoss });
      epoch = startEpoch(now());
    } else onProgress?.(report);
    if (signal?.aborted) {
      await save();
      throw new ForewarnError("interrupted", `training stopped after step ${state.step}`, {
        hint: "run the same command with --resume to go on",
      });
    }
  }
  state.elapsedMs = elapsedMs();
  return { weights: stepper.named(best), state };
}

function startEpoch(nowMs: number): { lossSum: number; steps: number; startedMs: number } {
  return { lossSum: 0, steps: 0, startedMs: nowMs };
}

function freshState(spec: InputSpec): Checkpoint["state"] {
  return { spec, step: 0, elapsedMs: 0, losses: [], bestValidation: null };
}
