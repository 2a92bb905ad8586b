// What a forecast said at a few leads, small enough to be kept of every server at every tick: the record against which a
// server's page holds what came.
import type { ForecastRecord } from "../evaluate/index.ts";

/** Quantiles of one forecast at a few leads. */
export interface LeadRecord {
  server: string;
  issuedAtMs: number;
  /** Start of the first forecast step. */
  originMs: number;
  intervalMs: number;
  modelId: string;
  metrics: readonly string[];
  /** A lead of n steps is the n-th forecast step. */
  leadSteps: readonly number[];
  /** The levels nearest to 0.1, 0.5 and 0.9 that the model has. */
  levels: readonly number[];
  /** In the metrics' units. [metrics, leads, levels] */
  values: Float32Array;
}

const WANTED_LEVELS = [0.1, 0.5, 0.9];
/** Values are rounded to a power of two of at most this part of the distance between the outer levels. */
const PRECISION = 1 / 64;

/** Bytes of a number. */
const WIDTH = Float32Array.BYTES_PER_ELEMENT;

/** Takes out of a forecast what is kept: at the horizons of its breach probabilities, and at its end. */
export function leadRecord({ levels, targets, breaches, ...record }: ForecastRecord): LeadRecord {
  const { server, issuedAtMs, originMs, intervalMs, modelId } = record;
  const chosen = WANTED_LEVELS.map((wanted) => nearestIndex(levels, wanted));
  const horizonSteps = (targets[0]?.quantiles.length ?? 0) / levels.length;
  const leadSteps = [...new Set([...breaches.flatMap(({ withinSteps }) => withinSteps), horizonSteps])].sort(
    (a, b) => a - b,
  );
  const values = new Float32Array(targets.length * leadSteps.length * chosen.length);
  let at = 0;
  for (const { quantiles } of targets) {
    for (const steps of leadSteps) {
      const step = (steps - 1) * levels.length;
      const unit = roundingUnit(quantiles[step + chosen.at(-1)!]! - quantiles[step + chosen[0]!]!);
      for (const level of chosen) values[at++] = roundTo(quantiles[step + level]!, unit);
    }
  }
  return {
    ...{ server, issuedAtMs, originMs, intervalMs, modelId, leadSteps, values },
    metrics: targets.map(({ metric }) => metric),
    levels: chosen.map((level) => levels[level]!),
  };
}

function nearestIndex(levels: readonly number[], wanted: number): number {
  let best = 0;
  for (const [at, level] of levels.entries())
    if (Math.abs(level - wanted) < Math.abs(levels[best]! - wanted)) best = at;
  return best;
}

/** A power of two, so that the last bits of the numbers are zero and the file is small. 0 keeps them as they are. */
function roundingUnit(width: number): number {
  return width > 0 ? 2 ** Math.floor(Math.log2(width * PRECISION)) : 0;
}

function roundTo(value: number, unit: number): number {
  return unit > 0 ? Math.round(value / unit) * unit : value;
}

/** Little-endian bytes of numbers: all first bytes, then all second ones ... Alike ones lie together and compress. */
export function splitBytes(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return bytes.map((_, at) => bytes[(at % values.length) * WIDTH + Math.floor(at / values.length)]!);
}

/** The numbers of {@link splitBytes}. */
export function joinBytes(bytes: Uint8Array): Float32Array {
  const length = bytes.length / WIDTH;
  const joined = new Uint8Array(bytes.length).map((_, at) => bytes[(at % WIDTH) * length + Math.floor(at / WIDTH)]!);
  return new Float32Array(joined.buffer);
}
