// Numbers as JSON text, short and fast: single precision needs seven digits, and NaN is null.

/** After the first. */
const DIGITS = 6;
const MOST_DECIMALS = 20;

/** Every `stride`-th value from `first` on, as a JSON list with seven digits of the largest value. */
export function numbersText(values: Float32Array, first = 0, stride = 1): string {
  const scale = roundingScale(values);
  let text = "[";
  for (let at = first; at < values.length; at += stride) {
    if (at > first) text += ",";
    const value = values[at]!;
    text += Number.isNaN(value) ? "null" : Math.round(value * scale) / scale;
  }
  return `${text}]`;
}

/** A number for JSON: what is not defined is null. */
export function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A copy of plain data in which every number that is not finite is null. */
export function withoutNaN(value: unknown): unknown {
  if (typeof value === "number") return orNull(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as ArrayLike<unknown>, withoutNaN);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutNaN(item)]));
}

/** The scale at which whole numbers have seven significant digits of the largest value: `Math.round(x * scale) / scale`. */
export function roundingScale(values: Float32Array): number {
  let largest = 0;
  for (const value of values) if (Math.abs(value) > largest) largest = Math.abs(value);
  return largest === 0 ? 1 : 10 ** Math.min(MOST_DECIMALS, Math.max(0, DIGITS - Math.floor(Math.log10(largest))));
}
