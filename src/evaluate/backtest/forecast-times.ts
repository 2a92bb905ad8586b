// When a backtest forecasts: the last N times at a stride whose whole horizon has come to pass, by default only times that
// lie after everything that the model has seen.
import type { ModelDirectory } from "../../artifact/index.ts";
import { ForewarnError, formatDuration } from "../../base/index.ts";
import type { InputSpec } from "../../dataset/index.ts";
import type { DataSetMeta } from "../../store/index.ts";
import type { EvaluationReport } from "../evaluation-report.ts";

/** The steps of a model. */
type Grid = Pick<InputSpec, "intervalMs" | "horizonSteps">;

/** Which forecast times are wanted. Times are epoch milliseconds. */
export interface TimeChoice {
  strideMs: number;
  /** Most times, the latest ones; null takes all. */
  windows: number | null;
  /** First forecast time. */
  fromMs: number;
  /** End of the last horizon; null is the end of the data. */
  untilMs: number | null;
}

/**
 * Forecast times, increasing: multiples of the stride since the epoch, each with a whole horizon of data after it.
 * @throws ForewarnError `usage_invalid` for a stride off the grid, `insufficient_data` when there is no such time.
 */
export function chooseTimes(spec: Grid, { startMs, endMs }: DataSetMeta, choice: TimeChoice): number[] {
  const { strideMs, windows, fromMs, untilMs } = choice;
  const { intervalMs } = spec;
  if (strideMs % intervalMs !== 0) {
    const [expected, got] = [formatDuration(intervalMs), formatDuration(strideMs)];
    throw new ForewarnError("usage_invalid", `stride: Expected a multiple of the interval of ${expected}, got ${got}`);
  }
  const horizonMs = spec.horizonSteps * intervalMs;
  const dataEndMs = (Math.floor(endMs / intervalMs) + 1) * intervalMs;
  const first = Math.ceil(Math.max(fromMs, startMs) / strideMs);
  const last = Math.floor((Math.min(untilMs ?? dataEndMs, dataEndMs) - horizonMs) / strideMs);
  const count = last - first + 1;
  if (count <= 0) {
    throw new ForewarnError(
      "insufficient_data",
      `backtest: Expected forecast times from ${iso(fromMs)} on with ${formatDuration(horizonMs)} of data after them, ` +
        `got none: the data ends at ${iso(dataEndMs)}${untilMs === null ? "" : `, --until is ${iso(untilMs)}`}`,
      { hint: "give newer data; --from also scores earlier times, which the model may have been trained on" },
    );
  }
  const taken = Math.min(count, windows ?? count);
  return Array.from({ length: taken }, (_, i) => (last - taken + 1 + i) * strideMs);
}

/** End of the rows that a model has seen in training and validation, epoch milliseconds. */
export function trainedUntil({ metadata }: Pick<ModelDirectory, "metadata">): number {
  return metadata.split["testStart"] ?? metadata.data.endMs + 1;
}

/** Whether the truth of forecasts made from `fromMs` on, up to `toMs`, lay in rows that training had seen. */
export function seenInTraining(
  model: Pick<ModelDirectory, "metadata">,
  { fingerprint }: DataSetMeta,
  fromMs: number,
  toMs: number,
): EvaluationReport["seenInTraining"] {
  const { data } = model.metadata;
  if (fromMs >= trainedUntil(model) || toMs <= data.startMs) return "no";
  return fingerprint === data.fingerprint ? "yes" : "possibly";
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
