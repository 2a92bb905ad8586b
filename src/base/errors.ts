// The one error class of Forewarn and the closed list of its codes. A code never changes its meaning.

/** Every stable error code. Documented line by line in docs/errors.md. */
export const ERROR_CODES = [
  // usage and environment
  "usage_invalid",
  "config_invalid",
  "path_missing",
  "path_exists",
  "path_not_writable",
  "disk_full",
  "directory_locked",
  "delivery_failed",
  "target_refused",
  // contract documents
  "contract_invalid",
  "contract_mismatch",
  "contract_unknown",
  // rows checked against a contract
  "column_unknown",
  "column_missing",
  "column_type",
  "column_excluded",
  "value_out_of_range",
  "value_not_finite",
  "category_unknown",
  "interval_mismatch",
  "timestamp_invalid",
  "timestamp_disorder",
  "timestamp_duplicate",
  "server_missing",
  "timestamp_out_of_window",
  "row_unreadable",
  "row_conflict",
  "too_many_servers",
  "server_forbidden",
  // files
  "file_empty",
  "file_unreadable",
  "mapping_invalid",
  "dataset_invalid",
  // live store
  "store_corruption",
  "store_read_only",
  "store_external",
  "overloaded",
  // alerts
  "alert_rules_invalid",
  "alert_state_invalid",
  // HTTP
  "request_invalid",
  "body_unreadable",
  "body_too_large",
  "json_too_complex",
  "media_type_unsupported",
  "rows_rejected",
  "unauthenticated",
  "forbidden",
  "origin_refused",
  "not_found",
  "not_ready",
  "too_many_streams",
  "keys_invalid",
  // queries
  "query_invalid",
  "query_failed",
  "query_timeout",
  "query_canceled",
  // Prometheus
  "prometheus_unavailable",
  "prometheus_refused",
  "prometheus_failed",
  "prometheus_invalid",
  "server_ambiguous",
  // history
  "insufficient_data",
  "stale_input",
  "server_unknown",
  // models
  "model_unavailable",
  "model_invalid",
  "model_not_driving",
  "safetensors_invalid",
  "shape_mismatch",
  "graph_invalid",
  "checkpoint_invalid",
  "training_diverged",
  "device_unavailable",
  "output_invalid",
  "interrupted",
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What a {@link ForewarnError} may carry beside its message. */
export interface ErrorDetails {
  /** The next step a user can take. */
  hint?: string;
  cause?: unknown;
  /** Single findings, when one error reports several. */
  issues?: readonly Issue[];
}

/** One finding of a check: what was expected, what came, where first and how often. */
export interface Issue {
  code: ErrorCode;
  /** Column, metric or path of the document that it concerns. */
  path: string;
  message: string;
  count?: number;
  /** First place, for people: "rows.csv row 17". */
  first?: string;
}

/** A problem that the user can act on: bad input, a wrong setting, a full disk. Broken invariants are plain Errors. */
export class ForewarnError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly issues: readonly Issue[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "ForewarnError";
    this.code = code;
    this.hint = details.hint;
    this.issues = details.issues ?? [];
  }
}
