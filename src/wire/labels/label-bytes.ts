// Labels as byte ranges of a message: decoded to text only for a series that is not interned yet.
import { isUtf8 } from "node:buffer";
import type { WireLimits } from "../limits.ts";
import { type Label, type LabelSet, labelSetOf } from "./label-set.ts";
import { type Fault, REASONS } from "./rejections.ts";

/** What invalid bytes become in a text; valid bytes may say it too. */
const REPLACEMENT = "\ufffd";

/**
 * Makes a label set of labels in a message.
 * @param ranges Start and end of each name and of its value.  [labels * 4]
 * @param count  Labels, at most `ranges.length / 4`.
 * @returns      What is wrong with them, if they are invalid.
 */
export function labelSetOfBytes(
  bytes: Buffer,
  ranges: ArrayLike<number>,
  count: number,
  limits: WireLimits,
): LabelSet | Fault {
  const labels: Label[] = [];
  for (let label = 0; label < count; label++) {
    const name = textOf(bytes, ranges[label * 4]!, ranges[label * 4 + 1]!);
    const value = textOf(bytes, ranges[label * 4 + 2]!, ranges[label * 4 + 3]!);
    if (name === null || value === null) return { reason: REASONS.labelNotUtf8, detail: `label ${label + 1}` };
    labels.push([name, value]);
  }
  return labelSetOf(labels, limits);
}

/** The text of a range, or null if it is not UTF-8. */
export function textOf(bytes: Buffer, start: number, end: number): string | null {
  const text = bytes.toString("utf8", start, end);
  return text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(start, end)) ? null : text;
}
