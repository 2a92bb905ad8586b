// Small pictures of numbers in ASCII: a bar, a line of history, and a fan of forecast quantiles.

const LEVELS = " .:-=+*#%@";

/** A bar of `width` characters for a share in [0, 1]; more is shown as full. */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "#".repeat(filled).padEnd(width, ".");
}

/** One character per value, from `.` (the smallest) to `@` (the largest); a space where a value is missing (NaN). */
export function sparkline(values: ArrayLike<number>): string {
  const { low, high } = rangeOf([values]);
  const span = high > low ? high - low : 1;
  const top = LEVELS.length - 1;
  return Array.from(values, (value) =>
    Number.isFinite(value) ? LEVELS[1 + Math.round(((value - low) / span) * (top - 1))] : " ",
  ).join("");
}

/** What a fan shows, all in the unit of one metric. NaN is missing. */
export interface Fan {
  /** Past values, oldest first. */
  history: ArrayLike<number>;
  /** Lower, middle and upper quantile of every future step. */
  lower: ArrayLike<number>;
  middle: ArrayLike<number>;
  upper: ArrayLike<number>;
}

/**
 * Draws history and forecast side by side: `*` measured, `o` the middle quantile, `:` the band around it, `|` the
 * origin. Steps are averaged to fit the width; the axis on the left gives the value of the top, middle and bottom row.
 * @returns `height` lines, each ending with a newline.
 */
export function fanChart({ history, lower, middle, upper }: Fan, width: number, height: number): string {
  const pastWidth = Math.max(1, Math.floor(width / 2));
  const futureWidth = Math.max(1, width - pastWidth - 1);
  const past = squeeze(history, pastWidth);
  const [low, mid, high] = [lower, middle, upper].map((values) => squeeze(values, futureWidth)) as [
    number[],
    number[],
    number[],
  ];
  const range = rangeOf([past, low, mid, high]);
  const span = range.high > range.low ? range.high - range.low : 1;
  const rowOf = (value: number): number => Math.round(((range.high - value) / span) * (height - 1));
  const cell = (row: number, step: number): string => {
    if (rowOf(mid[step]!) === row) return "o";
    return row >= rowOf(high[step]!) && row <= rowOf(low[step]!) ? ":" : " ";
  };
  const labels = [0, (height - 1) >> 1, height - 1];
  const axis = (row: number): string =>
    labels.includes(row) ? axisLabel(range.high - (row / Math.max(1, height - 1)) * span) : "";
  const axisWidth = Math.max(...labels.map((row) => axis(row).length));
  const lines = Array.from({ length: height }, (_, row) => {
    const left = past.map((value) => (rowOf(value) === row ? "*" : " ")).join("");
    const right = mid.map((_, step) => cell(row, step)).join("");
    return `${axis(row).padStart(axisWidth)} ${left}|${right}`.trimEnd();
  });
  return `${lines.join("\n")}\n`;
}

/** Averages values into at most `width` groups; a group without any value is NaN. */
function squeeze(values: ArrayLike<number>, width: number): number[] {
  const count = Math.min(width, values.length);
  return Array.from({ length: count }, (_, group) => {
    const from = Math.floor((group * values.length) / count);
    const to = Math.floor(((group + 1) * values.length) / count);
    const present = Array.from({ length: to - from }, (_, at) => values[from + at]!).filter(Number.isFinite);
    return present.reduce((sum, value) => sum + value, 0) / present.length;
  });
}

function rangeOf(lists: readonly ArrayLike<number>[]): { low: number; high: number } {
  const finite = lists.flatMap((values) => Array.from(values)).filter(Number.isFinite);
  return finite.length > 0 ? { low: Math.min(...finite), high: Math.max(...finite) } : { low: 0, high: 0 };
}

function axisLabel(value: number): string {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}
