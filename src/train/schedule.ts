// Learning rate over a run: linear warm-up, then half a cosine down to 1 % (Loshchilov and Hutter 2016, no restarts).

const FINAL_SHARE = 0.01;

/**
 * Learning rate of a step.
 * @param step        Steps done before this one.
 * @param warmupSteps Steps until the peak.
 * @param progress    Share of the run that is done, in [0, 1], by steps or by time.
 */
export function learningRateAt(step: number, warmupSteps: number, progress: number, peak: number): number {
  const warmup = Math.min(1, (step + 1) / Math.max(1, warmupSteps));
  const cosine = (1 + Math.cos(Math.PI * Math.min(1, progress))) / 2;
  return peak * warmup * (FINAL_SHARE + (1 - FINAL_SHARE) * cosine);
}
