// A label set: what identifies a series. Checked once, when it is seen for the first time, then shared.
import type { WireLimits } from "../limits.ts";
import { type Fault, REASONS } from "./rejections.ts";

/** Name and value of a label. */
export type Label = readonly [name: string, value: string];

/** Identity of a series. Label sets are shared and must not be changed; a mapper may key a WeakMap by them. */
export interface LabelSet {
  /** The metric: value of `__name__`. */
  readonly name: string;
  /** All labels with `__name__`, in the order of the UTF-8 bytes of their names. */
  readonly labels: readonly Label[];
}

/** The label that holds the metric's name. */
export const NAME_LABEL = "__name__";

/** Value of a label, or undefined without it. */
export function labelValue(set: LabelSet, name: string): string | undefined {
  for (const [label, value] of set.labels) if (label === name) return value;
  return undefined;
}

/**
 * Makes a label set of labels in any order.
 * @returns What is wrong with them, if they are invalid: repeated or empty names, empty values, no `__name__`, or more than
 *          the limits allow. See Prometheus remote write 2.0, "Series Labels".
 */
export function labelSetOf(labels: readonly Label[], limits: WireLimits): LabelSet | Fault {
  if (labels.length > limits.labels) {
    return { reason: REASONS.labelLimit, detail: `${labels.length} labels, at most ${limits.labels}` };
  }
  for (const [name, value] of labels) {
    if (name === "" || value === "") return { reason: REASONS.labelEmpty, detail: `${shown(name)}=${shown(value)}` };
    if (isLonger(name, limits.labelNameBytes)) {
      return { reason: REASONS.labelLimit, detail: `a name of over ${limits.labelNameBytes} bytes: ${shown(name)}` };
    }
    if (isLonger(value, limits.labelValueBytes)) {
      return { reason: REASONS.labelLimit, detail: `a value of over ${limits.labelValueBytes} bytes: ${shown(name)}` };
    }
  }
  const sorted = isIncreasing(labels) ? labels : labels.toSorted(([a], [b]) => compareUtf8(a, b));
  const repeated = sorted.find(([name], index) => name === sorted[index - 1]?.[0]);
  if (repeated !== undefined) return { reason: REASONS.labelRepeated, detail: shown(repeated[0]) };
  const metric = sorted.find(([name]) => name === NAME_LABEL)?.[1];
  if (metric === undefined) return { reason: REASONS.nameMissing, detail: `labels ${shown(labels.join(" "))}` };
  return { name: metric, labels: sorted };
}

/** Whether {@link labelSetOf} gave a fault. */
export function isFault(result: LabelSet | Fault): result is Fault {
  return "reason" in result;
}

/** Whether a text has more UTF-8 bytes; no UTF-16 unit has more than three. */
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}

function isIncreasing(labels: readonly Label[]): boolean {
  for (let index = 1; index < labels.length; index++) {
    if (compareUtf8(labels[index - 1]![0], labels[index]![0]) >= 0) return false;
  }
  return true;
}

/** Order of two texts by their UTF-8 bytes: as by UTF-16 units, but surrogates come after all others. */
function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const unitA = a.charCodeAt(at);
    const unitB = b.charCodeAt(at);
    if (unitA !== unitB) return rankOf(unitA) - rankOf(unitB);
  }
  return a.length - b.length;
}

function rankOf(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

/** A text for messages: quoted, escaped, not long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
