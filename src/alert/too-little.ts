// Whether a replay stands on enough to choose a rule by.
import { formatDuration } from "../base/index.ts";

const FEWEST_INCIDENTS = 10;
const HOUR_MS = 3_600_000;
const SHORTEST_MS = 24 * HOUR_MS;

/** What a replay stands on. */
export interface ReplayBasis {
  forecasts: number;
  /** From the first to the last forecast. */
  spanMs: number;
  incidents: number;
}

/** Why the figures of a replay may be chance, for people; empty when there is enough. */
export function tooLittleToJudge({ forecasts, spanMs, incidents }: ReplayBasis): string[] {
  if (forecasts === 0) return ["no forecast is stored of that time"];
  const hours = formatDuration(Math.max(HOUR_MS, Math.round(spanMs / HOUR_MS) * HOUR_MS));
  return [
    ...(spanMs < SHORTEST_MS ? [`the forecasts cover ${spanMs < HOUR_MS ? "less than 1h" : `only ${hours}`}`] : []),
    ...(incidents < FEWEST_INCIDENTS
      ? [
          incidents === 1
            ? "only one incident began"
            : `${incidents === 0 ? "no" : `only ${incidents}`} incidents began`,
        ]
      : []),
  ];
}
