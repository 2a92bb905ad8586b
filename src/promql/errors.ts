// Errors of queries, and the error types of the Prometheus HTTP API that they are.
import { type ErrorCode, ForewarnError } from "../base/index.ts";

/** Error types of the Prometheus HTTP API that a query can end with. */
export type QueryErrorType = "bad_data" | "execution" | "timeout" | "canceled";

const ERROR_TYPES: Partial<Record<ErrorCode, QueryErrorType>> = {
  query_invalid: "bad_data",
  query_failed: "execution",
  query_timeout: "timeout",
  query_canceled: "canceled",
};

/** Longest part of a query that a message repeats. */
const MAX_QUOTED = 200;

/** HTTP statuses of the error types. */
const STATUSES: Record<QueryErrorType, number> = { bad_data: 400, execution: 422, timeout: 503, canceled: 503 };

/** The `errorType` and HTTP status of an error that a query threw, or null if it is not an error of a query. */
export function queryErrorType(error: unknown): { errorType: QueryErrorType; status: number } | null {
  const errorType = error instanceof ForewarnError ? ERROR_TYPES[error.code] : undefined;
  return errorType === undefined ? null : { errorType, status: STATUSES[errorType] };
}

/** A query that cannot be read or is not supported. @param position Line and column, "1:5", or "" if there is none. */
export function queryInvalid(expected: string, got: string, position: string): ForewarnError {
  return new ForewarnError("query_invalid", `query: Expected ${expected}, got ${clip(got)}${place(position)}`, {
    hint: "docs/promql.md says what is supported",
  });
}

/** A query that is understood and cannot be answered: no unique match, a limit. */
export function queryFailed(expected: string, got: string, position: string): ForewarnError {
  return new ForewarnError("query_failed", `query: Expected ${expected}, got ${clip(got)}${place(position)}`);
}

function clip(text: string): string {
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}...` : text;
}

function place(position: string): string {
  return position === "" ? "" : ` (${position})`;
}
