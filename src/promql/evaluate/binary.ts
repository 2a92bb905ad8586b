// Binary operators between scalars and vectors; two vectors find each other in match-vectors.ts.
import { dropName } from "../labels.ts";
import type { Binary } from "../syntax/ast.ts";
import type { EvaluationContext } from "./context.ts";
import { combineSets, combineVectors } from "./match-vectors.ts";
import { type Combination, combinationOf, dropsName } from "./operators.ts";
import { mergeSeries, type StepSeries, type Value } from "./values.ts";

/** Evaluates an operator on two values of the same number of steps. */
export async function combine(
  binary: Binary,
  left: Value,
  right: Value,
  steps: number,
  context: EvaluationContext,
): Promise<Value> {
  if (left.kind === "vector" && right.kind === "vector") {
    const isSet = binary.operator === "and" || binary.operator === "or" || binary.operator === "unless";
    const combineBoth = isSet ? combineSets : combineVectors;
    return { kind: "vector", series: await combineBoth(binary, left.series, right.series, steps, context) };
  }
  if (left.kind === "scalar" && right.kind === "scalar") {
    const apply = combinationOf(binary, "left");
    return { kind: "scalar", values: left.values.map((value, step) => apply(value, right.values[step]!) ?? 0) };
  }
  if (left.kind === "vector" && right.kind === "scalar") {
    return withScalar(binary, left.series, right.values, combinationOf(binary, "left"), context);
  }
  if (left.kind === "scalar" && right.kind === "vector") {
    const apply = combinationOf(binary, "right");
    return withScalar(binary, right.series, left.values, (vector, scalar) => apply(scalar, vector), context);
  }
  throw new Error(`binary ${binary.operator}: a string has passed the type check`);
}

async function withScalar(
  binary: Binary,
  series: readonly StepSeries[],
  scalars: Float64Array,
  apply: Combination,
  context: EvaluationContext,
): Promise<Value> {
  const results: StepSeries[] = [];
  for (const { labels, values, present } of series) {
    context.budget.takePoints(scalars.length);
    context.budget.work(scalars.length);
    const result: StepSeries = {
      labels: dropsName(binary) ? dropName(labels) : labels,
      values: new Float64Array(scalars.length),
      present: new Uint8Array(scalars.length),
    };
    for (let step = 0; step < scalars.length; step++) {
      const value = present[step] === 1 ? apply(values[step]!, scalars[step]!) : undefined;
      if (value === undefined) continue;
      result.values[step] = value;
      result.present[step] = 1;
    }
    results.push(result);
    await context.budget.pause();
  }
  return { kind: "vector", series: mergeSeries(results, context.positionOf(binary)) };
}
