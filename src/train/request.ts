// What a training run is asked for, what it reports and what it leaves.
import type { Evaluation } from "../artifact/index.ts";
import type { TrainOptions } from "./options.ts";

/** Where training stands, after every step; at the end of an epoch with its validation loss. */
export interface Progress {
  epoch: number;
  epochs: number;
  step: number;
  windowsPerSecond: number;
  trainLoss: number;
  validationLoss: number | null;
  remainingMs: number;
}

/** What a run needs from outside. */
export interface TrainRequest {
  dataDirectory: string;
  /** Directory that holds models; the new one appears in it. */
  root: string;
  options: TrainOptions;
  resume: boolean;
  now: () => number;
  versions: Record<string, string>;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** What a run leaves. */
export interface TrainResult {
  directory: string;
  modelId: string;
  steps: number;
  evaluation: Evaluation;
  durationMs: number;
}
