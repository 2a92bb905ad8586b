// What a canonical column is while it is read: SQL for its value, and the checks on it.
import type { ErrorCode } from "../base/index.ts";

/** A check that SQL counts per row. */
export interface RowCheck {
  code: ErrorCode;
  /** SQL condition of a bad row; never NULL for a bad one. */
  bad: string;
  /** SQL of the value that is shown as an example. */
  example: string;
  /** What was expected, in words. */
  expected: string;
  /** Reported, but no reason to refuse. */
  isNote?: boolean;
}

/** A canonical column as SQL over the source columns. */
export interface Field {
  /** Canonical name. */
  name: string;
  /** Helper column that `value` and `checks` read, computed once per row. */
  helper?: { name: string; sql: string };
  /** SQL of the value; NULL is missing. */
  value: string;
  checks: RowCheck[];
}
