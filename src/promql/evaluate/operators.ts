// Operators on two numbers, with Go's rules where JavaScript's differ.
import type { ArithmeticOperator, Binary, ComparisonOperator } from "../syntax/ast.ts";

const ARITHMETIC: Record<ArithmeticOperator, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": power,
  atan2: Math.atan2,
};

const COMPARISONS: Record<ComparisonOperator, (a: number, b: number) => boolean> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};

/** What an operator does with two values: a result, or undefined where a comparison drops the sample. */
export type Combination = (a: number, b: number) => number | undefined;

/** The combination of an operator that is no set operator. @param kept Which side's value a comparison keeps. */
export function combinationOf({ operator, isBool }: Binary, kept: "left" | "right"): Combination {
  if (operator in ARITHMETIC) return ARITHMETIC[operator as ArithmeticOperator];
  const holds = COMPARISONS[operator as ComparisonOperator];
  if (isBool) return (a, b) => (holds(a, b) ? 1 : 0);
  if (kept === "left") return (a, b) => (holds(a, b) ? a : undefined);
  return (a, b) => (holds(a, b) ? b : undefined);
}

/** Whether the result is another quantity, so that the metric's name is dropped. */
export function dropsName({ operator, isBool }: Binary): boolean {
  return isBool || operator in ARITHMETIC;
}

/** Go's math.Pow: 1 to any power is 1, and -1 to an infinite one. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
  return base ** exponent;
}
