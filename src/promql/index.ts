// promql: a documented subset of PromQL. Queries are parsed to a typed tree and evaluated over any source of series; it
// knows no store, no HTTP and no contract.
export { type QueryErrorType, queryErrorType } from "./errors.ts";
export { formatValue } from "./format-value.ts";
export { type Labels, labelRecord, labelsOf, labelValue } from "./labels.ts";
export { createMatcher, type Matcher, type MatchOperator, matchesAll } from "./matchers.ts";
export { DEFAULT_QUERY_OPTIONS, type QueryOptions } from "./options.ts";
export {
  instantQuery,
  type MatrixItem,
  type QueryData,
  type QueryRange,
  type ResultPoint,
  rangeQuery,
  type VectorItem,
} from "./query.ts";
export { evaluateByServer, type ServerColumns } from "./server-columns.ts";
export { memorySource, type SelectRequest, type SeriesSource, type SourceSeries, STALE_MARKER_BITS } from "./source.ts";
export { childrenOf, type Expression, type ValueType, type VectorSelector } from "./syntax/ast.ts";
export { typeOf } from "./syntax/check-types.ts";
export { parseQuery } from "./syntax/parser.ts";
export { printQuery } from "./syntax/print.ts";
export { parseSelectorQuery } from "./syntax/selector-query.ts";
