// The functions that exist: what they take and give. Functions of Prometheus that are missing here are refused by name.
import type { ValueType } from "./ast.ts";

/** Types of arguments; the last `optional` ones may be left out, and the last may repeat where `isVariadic`. */
export interface Signature {
  args: readonly ValueType[];
  optional: number;
  isVariadic: boolean;
  result: ValueType;
}

const fixed = (result: ValueType, ...args: ValueType[]): Signature => ({
  args,
  optional: 0,
  isVariadic: false,
  result,
});

/** Functions of one number for every sample. */
const VECTOR_TO_VECTOR =
  "abs ceil floor exp ln log2 log10 sqrt sgn sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh deg rad " +
  "absent sort sort_desc timestamp";

/** Functions of the samples of a range. */
const MATRIX_TO_VECTOR =
  "rate irate increase delta idelta deriv resets changes avg_over_time min_over_time max_over_time sum_over_time " +
  "count_over_time first_over_time last_over_time stddev_over_time stdvar_over_time present_over_time mad_over_time " +
  "absent_over_time";

/** Functions of a time, by default that of the evaluation. */
const DATES = "minute hour day_of_week day_of_month day_of_year days_in_month month year";

const listed = (names: string, signature: Signature): [string, Signature][] =>
  names.split(" ").map((name) => [name, signature]);

/** Every supported function by name. */
export const SIGNATURES: ReadonlyMap<string, Signature> = new Map([
  ...listed(VECTOR_TO_VECTOR, fixed("vector", "vector")),
  ...listed(MATRIX_TO_VECTOR, fixed("vector", "matrix")),
  ...listed(DATES, { ...fixed("vector", "vector"), optional: 1 }),
  ["quantile_over_time", fixed("vector", "scalar", "matrix")],
  ["predict_linear", fixed("vector", "matrix", "scalar")],
  ["histogram_quantile", fixed("vector", "scalar", "vector")],
  ["clamp", fixed("vector", "vector", "scalar", "scalar")],
  ["clamp_min", fixed("vector", "vector", "scalar")],
  ["clamp_max", fixed("vector", "vector", "scalar")],
  ["round", { ...fixed("vector", "vector", "scalar"), optional: 1 }],
  ["vector", fixed("vector", "scalar")],
  ["scalar", fixed("scalar", "vector")],
  ["time", fixed("scalar")],
  ["pi", fixed("scalar")],
  ["label_replace", fixed("vector", "vector", "string", "string", "string", "string")],
  ["label_join", { ...fixed("vector", "vector", "string", "string", "string"), optional: 1, isVariadic: true }],
]);

/** Functions and aggregations of Prometheus 3 that are refused by name. */
export const UNSUPPORTED: ReadonlySet<string> = new Set(
  (
    "histogram_avg histogram_count histogram_sum histogram_fraction histogram_stddev histogram_stdvar " +
    "histogram_quantiles info holt_winters double_exponential_smoothing sort_by_label sort_by_label_desc " +
    "ts_of_first_over_time ts_of_last_over_time ts_of_min_over_time ts_of_max_over_time limitk limit_ratio " +
    "start end step range"
  ).split(" "),
);
