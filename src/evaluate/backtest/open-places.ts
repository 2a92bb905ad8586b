// Which windows a server has: one at every forecast time at which production would forecast it.
import { ForewarnError } from "../../base/index.ts";
import { hasTruth, type InputSpec, type PreparedSeries } from "../../dataset/index.ts";
import { chooseOrigin, type ForecastPlace } from "../../forecast/index.ts";

/** What became of the servers at the forecast times. */
export interface WindowCounts {
  scored: number;
  /** Nothing was observed in the horizon. */
  withoutTruth: number;
  /** Refused as production would, by error code. */
  refused: Record<string, number>;
}

/** Counts of nothing yet. */
export function noWindows(): WindowCounts {
  return { scored: 0, withoutTruth: 0, refused: {} };
}

/** The windows of a series at forecast times, counted in `counts`. */
export function openPlaces(
  spec: InputSpec,
  prepared: PreparedSeries,
  times: readonly number[],
  counts: WindowCounts,
): ForecastPlace[] {
  return times.flatMap((timeMs) => {
    const origin = originOrCode(spec, prepared, timeMs);
    if (typeof origin === "string") {
      counts.refused[origin] = (counts.refused[origin] ?? 0) + 1;
      return [];
    }
    if (!hasTruth(spec, prepared, origin)) {
      counts.withoutTruth++;
      return [];
    }
    counts.scored++;
    return [{ prepared, origin }];
  });
}

function originOrCode(spec: InputSpec, prepared: PreparedSeries, timeMs: number): number | string {
  try {
    return chooseOrigin(spec, prepared, timeMs);
  } catch (error) {
    if (error instanceof ForewarnError) return error.code;
    throw error;
  }
}
