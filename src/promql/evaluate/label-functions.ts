// label_replace and label_join: functions that change labels and leave the values alone.
import { queryFailed } from "../errors.ts";
import { labelValue, withLabel } from "../labels.ts";
import { compileQueryRegex } from "../matchers.ts";
import { expandTemplate } from "../regex/expand.ts";
import { matchWhole, type StepMeter } from "../regex/match.ts";
import { type Call, type StringLiteral, unwrap } from "../syntax/ast.ts";
import type { EvaluationContext } from "./context.ts";
import { mergeSeries, relabel, type StepSeries } from "./values.ts";

/** Longest label value that a function may make: nested calls could double it without end. */
const MAX_LABEL_LENGTH = 65_536;

/** `label_replace(vector, destination, replacement, source, regex)`. */
export async function labelReplace(
  call: Call,
  series: readonly StepSeries[],
  context: EvaluationContext,
): Promise<StepSeries[]> {
  const [destination = "", replacement = "", from = "", pattern = ""] = textArguments(call);
  const position = context.positionOf(call);
  checkLabelName(destination, position);
  const program = compileQueryRegex(pattern, position, queryFailed);
  const references = replacement.split("$").length - 1;
  const replaced: StepSeries[] = [];
  for (const one of series) {
    const value = labelValue(one.labels, from);
    const meter: StepMeter = { steps: 0 };
    const captures = matchWhole(program, value, meter);
    if (context.budget.work(meter.steps * 50)) await context.budget.pause();
    if (captures === null) replaced.push(one);
    else {
      checkLength(replacement.length + references * value.length, position);
      const text = expandTemplate(program, replacement, value, captures);
      replaced.push(relabel(one, withLabel(one.labels, destination, text)));
    }
  }
  return mergeSeries(replaced, position);
}

/** `label_join(vector, destination, separator, source, ...)`. */
export async function labelJoin(
  call: Call,
  series: readonly StepSeries[],
  context: EvaluationContext,
): Promise<StepSeries[]> {
  const [destination = "", separator = "", ...from] = textArguments(call);
  const position = context.positionOf(call);
  for (const name of [destination, ...from]) checkLabelName(name, position);
  const joined: StepSeries[] = [];
  for (const one of series) {
    if (context.budget.work(from.length * 50)) await context.budget.pause();
    const values = from.map((name) => labelValue(one.labels, name));
    checkLength(
      values.reduce((length, value) => length + separator.length + value.length, 0),
      position,
    );
    joined.push(relabel(one, withLabel(one.labels, destination, values.join(separator))));
  }
  return mergeSeries(joined, position);
}

function textArguments({ args }: Call): string[] {
  return args.slice(1).map((arg) => (unwrap(arg) as StringLiteral).value);
}

function checkLength(length: number, position: string): void {
  if (length > MAX_LABEL_LENGTH)
    throw queryFailed(`label values of at most ${MAX_LABEL_LENGTH} characters`, "more", position);
}

/** Prometheus 3 takes any text but the empty one. */
function checkLabelName(name: string, position: string): void {
  if (name === "") throw queryFailed("a label name", "an empty one", position);
}
