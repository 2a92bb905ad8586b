// Scores as the report writes them: null where they are not defined.
import type { ForecastScores } from "../../measure/index.ts";
import type { Comparison, MethodScores } from "../evaluation-report.ts";

/** A number for the report: null when it is NaN or infinite. */
export function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The same forecasts by every method; `scores` is parallel to `methods`. */
export function comparison(metric: string, methods: readonly string[], scores: readonly ForecastScores[]): Comparison {
  return { metric, methods: methods.map((method, m) => methodScores(method, scores[m]!)) };
}

function methodScores(method: string, scores: ForecastScores): MethodScores {
  return {
    method,
    count: scores.count,
    weightedQuantileLoss: orNull(scores.weightedQuantileLoss),
    meanAbsoluteScaledError: orNull(scores.meanAbsoluteScaledError),
    meanAbsoluteError: orNull(scores.meanAbsoluteError),
    pinball: orNull(scores.pinball),
    coverage: orNull(scores.coverage),
    width: orNull(scores.width),
    crossings: scores.crossings,
  };
}
