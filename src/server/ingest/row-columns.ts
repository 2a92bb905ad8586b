// What each column of a row may hold: from a value as JSON has it into its column, or the reason why not.
import type { ErrorCode } from "../../base/index.ts";
import { type Contract, excludedColumnReason, isInRange, type Metric, rangeText } from "../../contract/index.ts";

/** Why a value was not taken. */
export interface ValueFault {
  code: ErrorCode;
  message: string;
}

/** One column of rows that are being read. */
export interface ColumnReader {
  name: string;
  /** Whether every row must name it. */
  isRequired: boolean;
  /** Takes the value of a row; null is missing. */
  read(row: number, value: unknown): ValueFault | null;
}

/** Values beyond are infinite in the single precision in which models read them. */
const LARGEST_VALUE = 3.4028234663852886e38;
const LONGEST_SERVER = 256;
const LONGEST_TEXT = 4096;
/** Halves of surrogate pairs, and for names all control characters. */
const BAD_TEXT = /[\0\p{Surrogate}]/u;
const BAD_NAME = /[\p{Control}\p{Surrogate}]/u;
const SHOWN_CHARACTERS = 40;

/** Numbers of a metric. */
export function metricColumn(metric: Metric, values: Float64Array): ColumnReader {
  const isFlag = metric.kind === "flag";
  return {
    name: metric.name,
    isRequired: metric.required,
    read(row, value) {
      if (value === null) return null;
      const number = isFlag && typeof value === "boolean" ? Number(value) : value;
      if (typeof number !== "number") return fault("column_type", isFlag ? "0 or 1" : "a number", value);
      if (!Number.isFinite(number)) return fault("value_not_finite", "a finite number", value);
      if (!isInRange(metric, number)) return fault("value_out_of_range", rangeText(metric), value);
      if (Math.abs(number) > LARGEST_VALUE) return fault("value_out_of_range", `at most ${LARGEST_VALUE}`, value);
      values[row] = number;
      return null;
    },
  };
}

/** Texts of a label or of the state. */
export function categoryColumn(
  { name, values, required = false }: { name: string; values: readonly string[]; required?: boolean },
  texts: (string | null)[],
): ColumnReader {
  const known = new Set<unknown>(values);
  return {
    name,
    isRequired: required,
    read(row, value) {
      if (value === null && !required) return null;
      if (!known.has(value)) {
        const isText = typeof value === "string" || value === null;
        return fault(isText ? "category_unknown" : "column_type", `one of ${values.join(", ")}`, value);
      }
      texts[row] = value as string;
      return null;
    },
  };
}

/** Free texts. */
export function textColumn(name: string, texts: (string | null)[]): ColumnReader {
  return {
    name,
    isRequired: false,
    read(row, value) {
      if (value === null) return null;
      if (typeof value !== "string" || value.length > LONGEST_TEXT || BAD_TEXT.test(value)) {
        return fault("column_type", `a text of at most ${LONGEST_TEXT} characters`, value);
      }
      texts[row] = value;
      return null;
    },
  };
}

/** Names of servers. @param isOwn Whether the sender may send rows of a server. */
export function serverColumn(names: string[], isOwn: (server: string) => boolean): ColumnReader {
  return {
    name: "server",
    isRequired: true,
    read(row, value) {
      if (value === null || value === "") return fault("server_missing", "a server name", value);
      if (typeof value !== "string" || value.length > LONGEST_SERVER || BAD_NAME.test(value)) {
        return fault("column_type", `a name of at most ${LONGEST_SERVER} printable characters`, value);
      }
      if (!isOwn(value)) return fault("server_forbidden", "a server that this key is for", value);
      names[row] = value;
      return null;
    },
  };
}

/** Times of rows, from the retention until a little after now. */
export function timestampColumn(
  times: Float64Array,
  parse: (value: unknown) => number,
  window: { fromMs: number; toMs: number },
): ColumnReader {
  return {
    name: "timestamp",
    isRequired: true,
    read(row, value) {
      const timeMs = parse(value);
      if (Number.isNaN(timeMs)) return fault("timestamp_invalid", "RFC 3339 with a zone, or Unix seconds", value);
      if (timeMs < window.fromMs || timeMs > window.toMs) {
        const bounds = `a time from ${isoTime(window.fromMs)} to ${isoTime(window.toMs)}`;
        return fault("timestamp_out_of_window", bounds, value);
      }
      times[row] = timeMs;
      return null;
    },
  };
}

/** The fault of a name that is not in the contract. */
export function unknownColumn(name: string, contract: Contract): ValueFault {
  const reason = excludedColumnReason(name);
  if (reason !== undefined) return { code: "column_excluded", message: `Expected it to be left out: ${reason}` };
  return { code: "column_unknown", message: `Expected a column of ${contract.name}/${contract.version}` };
}

function fault(code: ErrorCode, expected: string, value: unknown): ValueFault {
  return { code, message: `Expected ${expected}, got ${shown(value)}` };
}

function shown(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}...` : value);
  }
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return value === null ? "nothing" : String(value);
}

function isoTime(timeMs: number): string {
  return Number.isFinite(timeMs) ? new Date(timeMs).toISOString() : String(timeMs);
}
