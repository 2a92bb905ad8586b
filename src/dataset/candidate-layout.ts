// Names and places of the candidate values of the candidate head (MODEL.md, "accuracy study").

/** Names of the candidates of a target, in the order of the tensor; "history" is the last `historySteps`, 7 days. */
export const CANDIDATES = [
  "last_value",
  "hour_median",
  "day_min",
  "day_q10",
  "day_q30",
  "day_q50",
  "day_q70",
  "day_q90",
  "day_max",
  "history_q10",
  "history_q50",
  "history_q90",
  "daily_profile",
  "hourly_profile",
  "lag_1_day",
  "lag_2_days",
  "lag_7_days",
  "lag_horizon",
  "daily_lags_median",
  "daily_lags_q90",
] as const;

/** Place of every candidate in the tensor. */
export const CANDIDATE_INDEX = Object.fromEntries(CANDIDATES.map((name, k) => [name, k])) as Record<
  (typeof CANDIDATES)[number],
  number
>;

/** Where the candidates of one target of one window go in `[B, Tf, T, K, P]`. */
export interface CandidateColumn {
  out: Float32Array;
  /** Index of the target's first number in the window's first token. */
  start: number;
  /** Numbers of one token: T * K * P. */
  tokenSize: number;
  patchSteps: number;
}

/** Index of `candidate` at future step `step`, 0 being the step after the origin. */
export function candidateOffset(column: CandidateColumn, step: number, candidate: number): number {
  const token = Math.floor(step / column.patchSteps);
  return column.start + token * column.tokenSize + candidate * column.patchSteps + step - token * column.patchSteps;
}

/** Writes one value at all steps. */
export function writeConstant(column: CandidateColumn, steps: number, candidate: number, value: number): void {
  let start = column.start + candidate * column.patchSteps;
  for (let step = 0; step < steps; step += column.patchSteps) {
    for (let p = 0; p < column.patchSteps; p++) column.out[start + p] = value;
    start += column.tokenSize;
  }
}
