// What the training rows say about each metric before a model exists: whether it occurs at all, and how large its scale
// usually is.
import type { Contract } from "../contract/index.ts";
import { intervalMs } from "../contract/index.ts";
import type { Series } from "../store/index.ts";
import { createMetricMeter } from "./metric-window.ts";
import { transformValue } from "./transform.ts";

/** Windows measured per series, evenly spread. */
const WINDOWS_PER_SERIES = 6;

/** Statistics of one metric over training rows. */
export interface MetricStatistics {
  /** False when no row has a value. */
  present: boolean;
  /** Median scale (without floor) of the windows where it is not 0, in transformed space; 1 when it is 0 everywhere. */
  typicalScale: number;
}

/**
 * Measures every metric of a contract over a sample of series.
 * @param historySteps History of a window, as in the spec to be made.
 * @param endMs Only steps that end at or before this time are read: the end of the training part.
 * @returns One entry per contract metric, in contract order.
 */
export function measureMetrics(
  contract: Contract,
  sample: readonly Series[],
  historySteps: number,
  endMs: number,
): MetricStatistics[] {
  const stepMs = intervalMs(contract);
  const meter = createMetricMeter({ intervalMs: stepMs, historySteps });
  const window = meter.createWindow();
  return contract.metrics.map((metric, column) => {
    const scales: number[] = [];
    let present = false;
    for (const series of sample) {
      const steps = Math.max(0, Math.min(series.steps, Math.floor((endMs - series.startMs) / stepMs)));
      const values = series.values[column]!.subarray(0, steps).map((value) =>
        transformValue(metric.transform, metric, value),
      );
      if (values.every(Number.isNaN)) continue;
      present = true;
      for (let i = 1; i <= WINDOWS_PER_SERIES; i++) {
        const origin = Math.ceil((steps * i) / WINDOWS_PER_SERIES) - 1;
        meter.measure(window, values, origin, 0, 0, Number.NaN);
        if (window.scale > 0) scales.push(window.scale);
      }
    }
    scales.sort((a, b) => a - b);
    return { present, typicalScale: scales[scales.length >> 1] ?? 1 };
  });
}
