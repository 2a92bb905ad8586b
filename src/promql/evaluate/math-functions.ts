// Functions of one number, applied to every value of a vector, with the metric's name dropped.

/** A function of a value, given the scalar arguments of the call at the same step. */
export type NumberFunction = (value: number, args: readonly number[]) => number;

const radians = Math.PI / 180;

/** The parts of a date that functions ask for. @param seconds Unix time. */
const datePart =
  (part: (date: Date) => number): NumberFunction =>
  (seconds) =>
    part(new Date(Math.trunc(seconds) * 1000));

/** Functions of a time; without an argument they take that of the evaluation. */
export const DATE_FUNCTIONS: ReadonlyMap<string, NumberFunction> = new Map([
  ["minute", datePart((date) => date.getUTCMinutes())],
  ["hour", datePart((date) => date.getUTCHours())],
  ["day_of_week", datePart((date) => date.getUTCDay())],
  ["day_of_month", datePart((date) => date.getUTCDate())],
  [
    "day_of_year",
    datePart((date) => (midnight(date, date.getUTCMonth(), date.getUTCDate()) - midnight(date, 0, 0)) / 86_400_000),
  ],
  ["days_in_month", datePart((date) => new Date(midnight(date, date.getUTCMonth() + 1, 0)).getUTCDate())],
  ["month", datePart((date) => date.getUTCMonth() + 1)],
  ["year", datePart((date) => date.getUTCFullYear())],
]);

/** All functions of one number. */
export const NUMBER_FUNCTIONS: ReadonlyMap<string, NumberFunction> = new Map<string, NumberFunction>([
  ...DATE_FUNCTIONS,
  ["abs", Math.abs],
  ["ceil", Math.ceil],
  ["floor", Math.floor],
  ["exp", Math.exp],
  ["ln", Math.log],
  ["log2", Math.log2],
  ["log10", Math.log10],
  ["sqrt", Math.sqrt],
  ["sgn", Math.sign],
  ["sin", Math.sin],
  ["cos", Math.cos],
  ["tan", Math.tan],
  ["asin", Math.asin],
  ["acos", Math.acos],
  ["atan", Math.atan],
  ["sinh", Math.sinh],
  ["cosh", Math.cosh],
  ["tanh", Math.tanh],
  ["asinh", Math.asinh],
  ["acosh", Math.acosh],
  ["atanh", Math.atanh],
  ["deg", (value) => value / radians],
  ["rad", (value) => value * radians],
  ["round", roundTo],
  ["clamp", (value, [least, most]) => Math.max(least!, Math.min(most!, value))],
  ["clamp_min", (value, [least]) => Math.max(least!, value)],
  ["clamp_max", (value, [most]) => Math.min(most!, value)],
]);

/** Rounds to the nearest multiple; ties go up. */
function roundTo(value: number, [nearest = 1]: readonly number[]): number {
  const inverse = 1 / nearest;
  return Math.floor(value * inverse + 0.5) / inverse;
}

function midnight(date: Date, month: number, day: number): number {
  return new Date(0).setUTCFullYear(date.getUTCFullYear(), month, day);
}
