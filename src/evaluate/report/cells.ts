// Cells of the report's tables: numbers with the same decimals in a column, "-" where nothing is defined, and the mark of
// the best.
import { element, type Markup } from "../../sheet/index.ts";

/** A cell; null is a score that is not defined. */
export type Cell = string | Markup | null;

/** A number with so many decimals; null where it is not defined. */
export function decimal(value: number | null, digits: number): string | null {
  return value === null ? null : value.toFixed(digits);
}

/** A share in percent, its sign never on the next line; null where it is not defined. */
export function percent(share: number | null, digits = 1): string | null {
  return share === null ? null : `${(100 * share).toFixed(digits)}\u00a0%`;
}

/** An instant to the minute, UTC. */
export function instant(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 16).replace("T", " ");
}

/** A count with thin spaces between thousands. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/** "1 window", "2 windows". */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Decimals that show the smallest of some scores with three digits, six at the most. */
export function decimalsFor(values: readonly (number | null)[]): number {
  const sizes = values.flatMap((value) => (value === null || value === 0 ? [] : Math.abs(value)));
  if (sizes.length === 0) return 2;
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.min(...sizes)))));
}

/**
 * Cells of numbers that compete: the best ones, as far as they can be told apart in print, stand out by a dot and by
 * weight.
 */
export function competing(texts: readonly (string | null)[], prefer: "low" | "high"): Cell[] {
  const values = texts.map((text) => (text === null ? Number.NaN : Number.parseFloat(text)));
  const finite = values.filter(Number.isFinite);
  const best = prefer === "low" ? Math.min(...finite) : Math.max(...finite);
  return texts.map((text, index) => (text !== null && values[index] === best ? bestCell(text) : text));
}

function bestCell(text: string): Markup {
  const dot = element("span", { role: "img", "aria-label": "best:" }, "\u25cf");
  return element("strong", { class: "best" }, dot, ` ${text}`);
}
