// The judge of an epoch: mean loss of weights over fixed windows that training does not draw from.
import { createBatchBuilder, type InputSpec, type WindowPlace } from "../dataset/index.ts";
import { openSession } from "../graph/index.ts";
import { lossGraph, modelDimensions } from "../model/index.ts";
import type { TrainOptions } from "./options.ts";
import { AS_EMITTED } from "./single-trainer.ts";
import { createLabelledBatch, fillLabelled, labelledFeeds } from "./windows.ts";

/** Computes losses without training. */
export interface Judge {
  /** Mean loss of a parameter vector over the judge's windows. */
  lossOf(p: Float32Array): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens a judge over `places`; at least one. */
export async function openJudge(
  spec: InputSpec,
  { architecture, batchSize, lossScaleExponent, threads }: TrainOptions,
  places: readonly WindowPlace[],
): Promise<Judge> {
  const { model } = lossGraph(architecture, modelDimensions(spec), batchSize);
  const session = await openSession(model, { ...AS_EMITTED, threads });
  const builder = createBatchBuilder(spec, batchSize);
  const batch = createLabelledBatch(spec, builder);
  return {
    async lossOf(p) {
      let sum = 0;
      for (let start = 0; start < places.length; start += batchSize) {
        const some = places.slice(start, start + batchSize);
        fillLabelled(builder, some, batch, lossScaleExponent, () => false);
        const { loss } = await session.run({ ...labelledFeeds(batch, architecture, spec), p }, ["loss"]);
        sum += loss![0]! * some.length;
      }
      return sum / places.length;
    },
    [Symbol.asyncDispose]: () => session.close(),
  };
}
