// The variables made of a metric's own values: its past with a missing flag, and what it was 24 h and 7 days earlier.
import { lagIndex, stepsPerDay } from "./grid.ts";
import type { InputSpec } from "./input-spec.ts";
import type { MetricWindow } from "./metric-window.ts";
import { squash } from "./squash.ts";
import type { TokenColumn } from "./token-layout.ts";

/** Channels of an observed metric: asinh of the scaled value, missing flag. */
export const OBSERVED_CHANNELS = 2;
/** Channels of a lag variable: value and missing flag 24 h earlier, value and missing flag 7 days earlier. */
export const LAG_CHANNELS = 4;

/**
 * Writes the context of a metric: channel 0 the scaled value through asinh, carried forward over gaps (0 before the
 * first value of the context), channel 1 the missing flag.
 */
export function writeObserved(column: TokenColumn, window: MetricWindow, contextSteps: number): void {
  const { values, location } = window;
  const { out, patchSteps, tokenSize } = column;
  const inverseScale = 1 / window.scale;
  let t = window.origin - contextSteps + 1;
  let carried = 0;
  for (let token = column.start; t <= window.origin; token += tokenSize) {
    const end = token + patchSteps * OBSERVED_CHANNELS;
    for (let at = token; at < end; at += OBSERVED_CHANNELS, t++) {
      const value = values[t]!;
      const missing = Number.isNaN(value);
      if (!missing) carried = squash((value - location) * inverseScale);
      out[at] = carried;
      out[at + 1] = missing ? 1 : 0;
    }
  }
}

/**
 * Writes the lag variable of a metric for the steps `origin + firstOffset` on; a lag that reaches back beyond the
 * readable history counts as missing.
 */
export function writeLags(
  spec: InputSpec,
  column: TokenColumn,
  window: MetricWindow,
  steps: number,
  firstOffset: number,
): void {
  const day = stepsPerDay(spec);
  writeLag(column, 0, window, steps, firstOffset, day);
  writeLag(column, 2, window, steps, firstOffset, 7 * day);
}

function writeLag(
  column: TokenColumn,
  channel: number,
  window: MetricWindow,
  steps: number,
  firstOffset: number,
  period: number,
): void {
  const { values, location, origin, oldest } = window;
  const { out, patchSteps, tokenSize } = column;
  const inverseScale = 1 / window.scale;
  let index = lagIndex(origin, firstOffset, period);
  let token = column.start + channel;
  for (let step = 0; step < steps; step += patchSteps, token += tokenSize) {
    const end = token + patchSteps * LAG_CHANNELS;
    for (let at = token; at < end; at += LAG_CHANNELS, index++) {
      if (index > origin) index -= period;
      const value = index >= oldest ? values[index]! : Number.NaN;
      const missing = Number.isNaN(value);
      out[at] = missing ? 0 : squash((value - location) * inverseScale);
      out[at + 1] = missing ? 1 : 0;
    }
  }
}
