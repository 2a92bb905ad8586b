// The losses of an epoch, and whether its weights are the best so far.
import type { EpochLosses } from "../artifact/index.ts";
import type { RunState } from "./checkpoint.ts";

/** Progress from which on an epoch may be the best: before, the learning rate is high and a low loss is luck. */
const SETTLING_PROGRESS = 0.5;

/**
 * Writes an epoch into the state.
 * @param progress Share of the run that is done at its end, in [0, 1].
 * @returns Whether it lies in the second half and has the lowest validation loss of the epochs there so far.
 */
export function noteEpoch(
  state: Pick<RunState, "losses" | "bestValidation">,
  losses: EpochLosses & { validation: number },
  progress: number,
): boolean {
  state.losses.push(losses);
  const { validation } = losses;
  const isBest = progress >= SETTLING_PROGRESS && (state.bestValidation === null || validation < state.bestValidation);
  if (isBest) state.bestValidation = validation;
  return isBest;
}
