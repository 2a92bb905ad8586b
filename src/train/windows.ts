// Windows as the network reads them: training batches drawn at random, and fixed sets of windows for validation and test.
import { createRng } from "../base/index.ts";
import {
  type BatchBuilder,
  createTargetBatch,
  cutToWindows,
  enumerateWindows,
  type InputBatch,
  type InputSpec,
  readPreparedGroups,
  type TargetBatch,
  type TimePart,
  type WindowPlace,
} from "../dataset/index.ts";
import type { TensorData } from "../graph/index.ts";
import { type Architecture, DROPOUT_SITES, networkInputs } from "../model/index.ts";
import type { DataSet } from "../store/index.ts";
import type { TrainOptions } from "./options.ts";

/** A batch with its truth. */
export interface LabelledBatch {
  inputs: InputBatch;
  labels: TargetBatch;
}

/** Fills a batch with windows and their truth; with fewer windows than places the rest repeats and has no weight. */
export function fillLabelled(
  builder: BatchBuilder,
  places: readonly WindowPlace[],
  batch: LabelledBatch,
  lossScaleExponent: number,
  hide: (index: number) => boolean,
): void {
  const { inputs, labels } = batch;
  for (let index = 0; index < inputs.size; index++) {
    const { series, origin } = places[index] ?? places[0]!;
    const hidden = hide(index);
    builder.fill(index, series, origin, inputs, { hideLabels: hidden, hideServer: hidden });
    builder.fillTargets(index, series, origin, inputs, labels, { lossScaleExponent });
  }
  const unused = (values: Float32Array) => values.fill(0, (values.length / inputs.size) * places.length);
  unused(labels.weight);
  unused(labels.breachAtRisk);
}

/** Makes an empty batch with room for truth. */
export function createLabelledBatch(spec: InputSpec, builder: BatchBuilder): LabelledBatch {
  const inputs = builder.createBatch();
  return { inputs, labels: createTargetBatch(spec, inputs.size) };
}

/** All feeds of a labelled batch under the names of the loss and training graphs. */
export function labelledFeeds(
  { inputs, labels }: LabelledBatch,
  architecture: Architecture,
  spec: InputSpec,
): TensorData {
  const breaches = { breachEvent: labels.breachEvent, breachAtRisk: labels.breachAtRisk };
  return {
    ...networkInputs(inputs, architecture, spec),
    target: labels.target,
    weight: labels.weight,
    ...(spec.breachRules.length > 0 ? breaches : {}),
  };
}

/** Dropout masks of a step: 0 or 1 / (1 - rate), drawn from the seed and the step's number. [sites, batch, hidden] */
export function dropoutMasks({ architecture, batchSize, seed }: TrainOptions, step: number): Float32Array {
  const rng = createRng(seed).fork(`dropout ${step}`);
  const kept = 1 / (1 - architecture.dropout);
  const masks = new Float32Array(DROPOUT_SITES * batchSize * architecture.hidden);
  return masks.map(() => (rng.uniform() < architecture.dropout ? 0 : kept));
}

/**
 * At most `limit` windows of a part, spread evenly over servers and time; only what they read stays in memory. Windows
 * begin at multiples of a quarter of the horizon, or of less where none of those fits into a short part.
 */
export async function fixedWindows(
  spec: InputSpec,
  dataSet: DataSet,
  part: TimePart,
  limit: number,
  memoryBytes: number,
): Promise<WindowPlace[]> {
  const servers = thin(await dataSet.servers(), limit);
  const perServer = Math.ceil(limit / servers.length);
  const places: WindowPlace[] = [];
  if (part.endMs === part.startMs) return places;
  for (let stride = Math.round(spec.horizonSteps / 4); places.length === 0; stride = Math.floor(stride / 2)) {
    for await (const group of readPreparedGroups(spec, dataSet, servers, memoryBytes)) {
      for (const series of group) {
        const own = thin(enumerateWindows(spec, [series], part, Math.max(1, stride)), perServer);
        if (own.length > 0) places.push(...cutToWindows(spec, own));
      }
    }
    if (stride <= 1) break;
  }
  return thin(places, limit);
}

/** At most `limit` items, evenly spread over all of them. */
function thin<Item>(items: readonly Item[], limit: number): Item[] {
  const step = Math.max(1, items.length / limit);
  return Array.from({ length: Math.min(limit, items.length) }, (_, i) => items[Math.floor(i * step)]!);
}
