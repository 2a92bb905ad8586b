// Calls of functions: arguments evaluated, and handed to the function's own file.
import { dropName, NO_LABELS } from "../labels.ts";
import { type Call, type Expression, unwrap } from "../syntax/ast.ts";
import { typeOf } from "../syntax/check-types.ts";
import { absentLabels } from "./absent.ts";
import { compareValues } from "./aggregate.ts";
import type { EvaluationContext } from "./context.ts";
import { type Grid, timeOf } from "./grid.ts";
import { histogramQuantile } from "./histogram.ts";
import { selectInstants } from "./instants.ts";
import { labelJoin, labelReplace } from "./label-functions.ts";
import { DATE_FUNCTIONS, NUMBER_FUNCTIONS, type NumberFunction } from "./math-functions.ts";
import { absentOverTime, callRangeFunction, evaluateRange } from "./ranges.ts";
import { mergeSeries, type StepSeries, type Value } from "./values.ts";

/** Evaluates a call at every step. */
export async function evaluateCall(call: Call, grid: Grid, context: EvaluationContext): Promise<Value> {
  const { name, args } = call;
  const matrix = args.find((arg) => typeOf(arg) === "matrix");
  if (matrix !== undefined) {
    const range = await evaluateRange(matrix, grid, context);
    if (name === "absent_over_time") return vector(await absentOverTime(call, range, grid, context));
    const [parameters = null] = await scalarArguments(call, grid, context);
    return vector(await callRangeFunction(call, range, parameters, grid, context));
  }
  const seconds = () => Float64Array.from({ length: grid.count }, (_, step) => timeOf(grid, step) / 1000);
  const scalars = await scalarArguments(call, grid, context);
  if (name === "time") return { kind: "scalar", values: seconds() };
  if (name === "pi") return { kind: "scalar", values: new Float64Array(grid.count).fill(Math.PI) };
  if (name === "vector") return vector([everywhere(scalars[0]!)]);
  const number = NUMBER_FUNCTIONS.get(name);
  if (number !== undefined && args.length === 0) {
    return vector(await mapNumbers(call, number, [everywhere(seconds().map(Math.floor))], scalars, context));
  }
  if (name === "timestamp") return vector(await timestamps(call, grid, context));
  const series = await vectorArgument(call, grid, context);
  if (number !== undefined) return vector(await mapNumbers(call, number, series, scalars, context));
  if (name === "scalar") return { kind: "scalar", values: onlyValue(series, grid.count) };
  return vector(await callVectorFunction(call, series, scalars, grid, context));
}

async function callVectorFunction(
  call: Call,
  series: readonly StepSeries[],
  scalars: readonly Float64Array[],
  grid: Grid,
  context: EvaluationContext,
): Promise<readonly StepSeries[]> {
  switch (call.name) {
    case "absent":
      return [absent(call, series, grid.count)];
    case "sort":
    case "sort_desc":
      return grid.count === 1 ? sortByValue(series, call.name === "sort" ? 1 : -1) : series;
    case "histogram_quantile":
      return await histogramQuantile(call, scalars[0]!, series, context);
    case "label_replace":
      return await labelReplace(call, series, context);
    case "label_join":
      return await labelJoin(call, series, context);
    default:
      throw new Error(`function ${call.name}: has a signature and no implementation`);
  }
}

async function scalarArguments({ args }: Call, grid: Grid, context: EvaluationContext): Promise<Float64Array[]> {
  const scalars: Float64Array[] = [];
  for (const arg of args) if (typeOf(arg) === "scalar") scalars.push(await evaluateScalar(arg, grid, context));
  return scalars;
}

/** A scalar expression at every step. */
export async function evaluateScalar(
  expression: Expression,
  grid: Grid,
  context: EvaluationContext,
): Promise<Float64Array> {
  const value = await context.evaluate(expression, grid);
  if (value.kind !== "scalar") throw new Error("a scalar argument has passed the type check and is none");
  return value.values;
}

async function vectorArgument({ args }: Call, grid: Grid, context: EvaluationContext): Promise<readonly StepSeries[]> {
  const value = await context.evaluate(args.find((arg) => typeOf(arg) === "vector")!, grid);
  return value.kind === "vector" ? value.series : [];
}

async function mapNumbers(
  call: Call,
  apply: NumberFunction,
  series: readonly StepSeries[],
  scalars: readonly Float64Array[],
  context: EvaluationContext,
): Promise<StepSeries[]> {
  const results: StepSeries[] = [];
  for (const { labels, values, present } of series) {
    context.budget.takePoints(values.length);
    context.budget.work(values.length * (DATE_FUNCTIONS.has(call.name) ? 10 : 1));
    const args = scalars.map((scalar) => scalar[0]!);
    const mapped = values.map((value, step) => {
      for (let i = 0; i < scalars.length; i++) args[i] = scalars[i]![step]!;
      return apply(value, args);
    });
    const kept = call.name === "clamp" ? present.map((one, step) => (isBackwards(scalars, step) ? 0 : one)) : present;
    results.push({ labels: dropName(labels), values: mapped, present: kept });
    await context.budget.pause();
  }
  return mergeSeries(results, context.positionOf(call));
}

/** Whether the bounds of clamp are such that it gives nothing. */
function isBackwards([least, most]: readonly Float64Array[], step: number): boolean {
  return most![step]! < least![step]!;
}

function absent(call: Call, series: readonly StepSeries[], steps: number): StepSeries {
  const present = new Uint8Array(steps).fill(1);
  for (const one of series) for (let step = 0; step < steps; step++) present[step]! &= 1 - one.present[step]!;
  return { labels: absentLabels(call.args[0]!) ?? NO_LABELS, values: new Float64Array(steps).fill(1), present };
}

/** Times of the samples of a selector; of anything else the time of the evaluation. */
async function timestamps(call: Call, grid: Grid, context: EvaluationContext): Promise<StepSeries[]> {
  const selector = unwrap(call.args[0]!);
  const timed =
    selector.kind === "vectorSelector"
      ? await selectInstants(selector, grid, context, "seconds")
      : (await vectorArgument(call, grid, context)).map((one) => ({
          ...one,
          values: one.values.map((_, step) => timeOf(grid, step) / 1000),
        }));
  return mergeSeries(
    timed.map((one) => ({ ...one, labels: dropName(one.labels) })),
    context.positionOf(call),
  );
}

/** The value of the only series at each step, NaN where there is none or more. */
function onlyValue(series: readonly StepSeries[], steps: number): Float64Array {
  const values = new Float64Array(steps).fill(Number.NaN);
  const counts = new Uint8Array(steps);
  for (const one of series) {
    for (let step = 0; step < steps; step++) {
      if (one.present[step] === 0) continue;
      values[step] = counts[step] === 0 ? one.values[step]! : Number.NaN;
      counts[step] = 1;
    }
  }
  return values;
}

function sortByValue(series: readonly StepSeries[], sign: number): StepSeries[] {
  return series.toSorted((a, b) => compareValues(a.values[0]!, b.values[0]!, sign));
}

function everywhere(values: Float64Array): StepSeries {
  return { labels: NO_LABELS, values, present: new Uint8Array(values.length).fill(1) };
}

function vector(series: readonly StepSeries[]): Value {
  return { kind: "vector", series };
}
