// Cells of the tables of a backtest: numbers that may not be defined, and what several tables share.
import type { EvaluationReport } from "../../evaluate/index.ts";
import type { Column } from "./table.ts";

/** Scores of one method, as the report has them. */
export type MethodScores = EvaluationReport["byMetric"][number]["methods"][number];

/** A column of numbers. */
export const right = (title: string): Column => ({ title, align: "right" });

/** A number with so many digits; "-" where it is not defined. */
export function number(value: number | null, digits: number): string {
  return value === null ? "-" : value.toFixed(digits);
}

/** A share in percent; "-" where it is not defined. */
export function percent(share: number | null): string {
  return share === null ? "-" : `${(100 * share).toFixed(1)} %`;
}

/** The method other than the model with the least pinball loss. */
export function bestBaseline(baselines: readonly MethodScores[]): MethodScores {
  return baselines.reduce((a, b) => (lossOf(b) < lossOf(a) ? b : a));
}

/** Mean pinball loss; infinite where it is not defined. */
export function lossOf({ pinball }: MethodScores): number {
  return pinball ?? Number.POSITIVE_INFINITY;
}
