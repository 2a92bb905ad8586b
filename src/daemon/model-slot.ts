// A loaded model while it is in use: lent to ticks, and closed when it is given up and no tick has it any more.
import type { LoadedModel } from "./loaded-model.ts";

/** A model lent to one tick: all of its batches come from this one. */
export interface ModelLease extends LoadedModel {
  release(): Promise<void>;
}

/** See {@link createModelSlot}. */
export interface ModelSlot extends LoadedModel {
  modelId: string;
  /** Since when it serves. */
  sinceMs: number;
  lend(): ModelLease;
  /** Gives it up; it is closed now, or when the last tick gives it back. */
  retire(): Promise<void>;
}

/** Takes a loaded model into use. */
export function createModelSlot({ model, forecaster }: LoadedModel, sinceMs: number): ModelSlot {
  let leases = 0;
  let isRetired = false;
  const closeIfUnused = async (): Promise<void> => {
    if (isRetired && leases === 0) await forecaster[Symbol.asyncDispose]();
  };
  return {
    model,
    forecaster,
    modelId: model.modelId,
    sinceMs,
    lend() {
      leases++;
      return {
        model,
        forecaster,
        async release() {
          leases--;
          await closeIfUnused();
        },
      };
    },
    async retire() {
      isRetired = true;
      await closeIfUnused();
    },
  };
}
