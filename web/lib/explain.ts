// What a network looked at, in words.
import type { WeighedVariable } from "../data/types.ts";
import { words } from "./format.ts";

/** The calendar's variables that their names do not explain. */
const CALENDAR: Readonly<Record<string, string>> = { relative_step: "distance from now" };

/** A variable in words; names of metrics and labels stay as the contract has them. */
export function variableText({ variable, kind, subject }: Omit<WeighedVariable, "share">): string {
  switch (kind) {
    case "observed":
      return `${subject}, as measured`;
    case "lags":
      return `${subject} a day and a week before`;
    case "statistics":
      return `level and habits of ${subject}`;
    case "label":
      return `label ${subject}`;
    case "server":
      return "which server it is";
    case "calendar":
      return CALENDAR[variable] ?? words(variable);
  }
}

/**
 * The shortest run of neighbours that holds half of the sum; the heaviest of those.
 * @param shares At least one.
 * @returns Places of the first and after the last of them.
 */
export function halfOf(shares: readonly number[]): [first: number, end: number] {
  const wanted = shares.reduce((sum, share) => sum + share, 0) / 2;
  let best = { first: 0, end: shares.length, held: 2 * wanted };
  let held = 0;
  let first = 0;
  for (const [at, share] of shares.entries()) {
    held += share;
    while (held - shares[first]! >= wanted && first < at) held -= shares[first++]!;
    const longer = at + 1 - first - (best.end - best.first);
    if (held >= wanted && (longer < 0 || (longer === 0 && held > best.held))) best = { first, end: at + 1, held };
  }
  return [best.first, best.end];
}
