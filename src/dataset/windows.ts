// Which windows a part of the data has: all of them at a stride for validation, random ones for training.
import { ForewarnError, type Rng } from "../base/index.ts";
import { hasEnoughHistory, hasTruth } from "./history.ts";
import type { InputSpec } from "./input-spec.ts";
import type { PreparedSeries } from "./prepared-series.ts";
import type { TimePart } from "./splits.ts";

/** A window: a series and its last observed step; the forecast is for origin + 1 to origin + horizonSteps. */
export interface WindowPlace {
  series: PreparedSeries;
  origin: number;
}

/** Servers drawn, and origins tried on each, before sampling gives up. */
const MAX_DRAWS = 10_000;
const TRIES_PER_SERVER = 8;

/**
 * All windows of `part` with enough history and some truth, series by series, whose first forecast step is a multiple
 * of `strideSteps` since the epoch: the same times on every server.
 */
export function enumerateWindows(
  spec: InputSpec,
  prepared: readonly PreparedSeries[],
  part: TimePart,
  strideSteps: number,
): WindowPlace[] {
  return prepared.flatMap((series) => {
    const { first, count } = alignedOrigins(spec, series, part, strideSteps);
    const origins = Array.from({ length: count }, (_, i) => first + i * strideSteps);
    return origins.filter((origin) => isUsable(spec, series, origin)).map((origin) => ({ series, origin }));
  });
}

/**
 * A random window of `part`: uniform over servers, then over the origins with enough history and some truth, whatever
 * their minute, as forecasts are made at any.
 * @throws ForewarnError `insufficient_data` when no such window can be found.
 */
export function sampleWindow(
  rng: Rng,
  spec: InputSpec,
  prepared: readonly PreparedSeries[],
  part: TimePart,
): WindowPlace {
  for (let draw = 0; draw < MAX_DRAWS && prepared.length > 0; draw++) {
    const series = prepared[rng.integer(prepared.length)]!;
    const { first, count } = alignedOrigins(spec, series, part, 1);
    for (let attempt = 0; attempt < TRIES_PER_SERVER && count > 0; attempt++) {
      const origin = first + rng.integer(count);
      if (isUsable(spec, series, origin)) return { series, origin };
    }
  }
  throw new ForewarnError(
    "insufficient_data",
    `windows: Expected a server with ${spec.contextSteps} steps of history and ${spec.horizonSteps} to forecast, ` +
      `got none among ${prepared.length}`,
    { hint: "give more data, or a shorter context or horizon" },
  );
}

function alignedOrigins(
  spec: InputSpec,
  series: PreparedSeries,
  part: TimePart,
  alignSteps: number,
): { first: number; count: number } {
  const { intervalMs, contextSteps, horizonSteps } = spec;
  const earliest = Math.max(contextSteps - 1, Math.ceil((part.startMs - series.startMs) / intervalMs) - 1);
  const partEnd = Math.floor((part.endMs - series.startMs) / intervalMs);
  const latest = Math.min(partEnd - horizonSteps - 1, series.steps - 2);
  const stepSinceEpoch = Math.round(series.startMs / intervalMs) + earliest + 1;
  const first = earliest + Math.ceil(stepSinceEpoch / alignSteps) * alignSteps - stepSinceEpoch;
  return { first, count: Math.max(0, Math.floor((latest - first) / alignSteps) + 1) };
}

function isUsable(spec: InputSpec, series: PreparedSeries, origin: number): boolean {
  return hasEnoughHistory(spec, series, origin) && hasTruth(spec, series, origin);
}
