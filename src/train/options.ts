// What a user may choose about a training run, and the default recipe.
import { ForewarnError, formatDuration } from "../base/index.ts";
import type { Device } from "../graph/index.ts";
import { type Architecture, DEFAULT_ARCHITECTURE } from "../model/index.ts";

/** Options of a training run; plain JSON, stored in checkpoints and training_metadata.json. */
export interface TrainOptions {
  architecture: Architecture;
  contextSteps: number;
  horizonSteps: number;
  historySteps: number;
  patchSteps: number;
  serverEmbedding: boolean;
  batchSize: number;
  epochs: number;
  stepsPerEpoch: number;
  /** Training ends, and the learning rate reaches its end, after this much time; null is no limit. */
  timeBudgetMs: number | null;
  learningRate: number;
  warmupSteps: number;
  weightDecay: number;
  clipNorm: number;
  averageDecay: number;
  /** Weight of a window = (scale / typical scale)^exponent: 0 is scale-free, 1 absolute. */
  lossScaleExponent: number;
  /** Share of training windows whose labels and server name are hidden, so that unknown servers are forecast well. */
  idDropout: number;
  validationFraction: number;
  testFraction: number;
  /** No horizon of a window reaches beyond this time, epoch milliseconds, a multiple of the interval; null: end of data. */
  untilMs: number | null;
  /** Servers that training does not read, so that they can be scored as new ones. */
  leftOutServers: string[];
  /** Most windows of validation and of the test, evenly thinned. */
  validationWindows: number;
  testWindows: number;
  seed: number;
  threads: number;
  /** Where training steps run; all else runs on the CPU. */
  device: Device;
  /** Memory for series, in bytes; larger data is streamed in groups of servers. */
  memoryBytes: number;
}

/** The default recipe at a five-minute interval. */
export const DEFAULT_TRAIN_OPTIONS: TrainOptions = {
  architecture: DEFAULT_ARCHITECTURE,
  contextSteps: 288,
  horizonSteps: 96,
  historySteps: 2016,
  patchSteps: 4,
  serverEmbedding: false,
  batchSize: 64,
  epochs: 20,
  stepsPerEpoch: 100,
  timeBudgetMs: null,
  learningRate: 2e-3,
  warmupSteps: 100,
  weightDecay: 0,
  clipNorm: 0.5,
  averageDecay: 0.998,
  lossScaleExponent: 0.25,
  idDropout: 0.2,
  validationFraction: 0.08,
  testFraction: 0.12,
  untilMs: null,
  leftOutServers: [],
  validationWindows: 512,
  testWindows: 1024,
  seed: 1,
  threads: 2,
  device: "cpu",
  memoryBytes: 1 << 30,
};

/** The spans of a recipe, in milliseconds. */
export interface RecipeSpans {
  contextMs: number;
  horizonMs: number;
  historyMs: number;
}

/** A day is read and the next eight hours are forecast, with lags of up to a week. */
export const DEFAULT_SPANS: RecipeSpans = { contextMs: 86_400_000, horizonMs: 28_800_000, historyMs: 604_800_000 };

/**
 * The default recipe at another interval, or with other spans.
 * @throws ForewarnError `usage_invalid` when a span is not a multiple of the interval.
 */
export function recipeFor(intervalMs: number, spans: Partial<RecipeSpans> = {}): TrainOptions {
  const stepsOf = (name: keyof RecipeSpans): number => {
    const spanMs = spans[name] ?? DEFAULT_SPANS[name];
    if (spanMs % intervalMs === 0) return spanMs / intervalMs;
    const [span, interval] = [formatDuration(spanMs), formatDuration(intervalMs)];
    throw new ForewarnError(
      "usage_invalid",
      `${name.replace("Ms", "")}: Expected a multiple of the contract's ${interval}, got ${span}`,
    );
  };
  return {
    ...DEFAULT_TRAIN_OPTIONS,
    contextSteps: stepsOf("contextMs"),
    horizonSteps: stepsOf("horizonMs"),
    historySteps: stepsOf("historyMs"),
  };
}
