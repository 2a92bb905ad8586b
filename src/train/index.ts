// train: the loop. Batches, schedule, checkpoints, calibration, evaluation, the finished model directory.
export { DEFAULT_SPANS, DEFAULT_TRAIN_OPTIONS, type RecipeSpans, recipeFor, type TrainOptions } from "./options.ts";
export type { Progress, TrainRequest, TrainResult } from "./request.ts";
export { train } from "./train.ts";
