// train: the loop. Batches, schedule, early stopping, checkpoints, calibration, evaluation, the finished model directory.
export { DEFAULT_TRAIN_OPTIONS, type TrainOptions } from "./options.ts";
export { type Progress, type TrainRequest, type TrainResult, train } from "./train.ts";
