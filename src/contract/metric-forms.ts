// What metrics of the built-in contracts have in common.

/** A share of a whole, 0 to 100. */
export const percent = { unit: "percent", kind: "gauge", min: 0, max: 100, transform: "identity" } as const;

/** An amount without an upper bound, often small and at times very large; it may be missing. */
export const heavyTail = {
  kind: "gauge",
  role: "observed",
  min: 0,
  max: null,
  required: false,
  transform: "log1p",
} as const;

/** Something that happened in the interval, or not; it may be missing. */
export const flag = {
  unit: "flag",
  kind: "flag",
  role: "observed",
  min: 0,
  max: 1,
  required: false,
  transform: "identity",
} as const;
