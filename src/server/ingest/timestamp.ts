// Timestamps of rows: RFC 3339 text, or a number of Unix seconds.

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const REMEMBERED = 64;

/** Epoch milliseconds, rounded down to whole ones, of a timestamp; NaN for anything else. */
export function parseTimestamp(value: unknown): number {
  // A little more than the error of the product, which would else turn 0.123 s into 122 ms.
  if (typeof value === "number") return Math.floor(value * 1000 + 0.001);
  return typeof value === "string" ? parseRfc3339(value) : Number.NaN;
}

/** A parser that remembers the newest texts, since the rows of one instant share theirs. */
export function createTimestampParser(): (value: unknown) => number {
  const known = new Map<string, number>();
  return (value) => {
    if (typeof value !== "string") return parseTimestamp(value);
    const found = known.get(value);
    if (found !== undefined) return found;
    if (known.size >= REMEMBERED) known.clear();
    const timeMs = parseRfc3339(value);
    known.set(value, timeMs);
    return timeMs;
  };
}

function parseRfc3339(text: string): number {
  const match = RFC_3339.exec(text);
  if (match === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const fractionMs = match[7] === undefined ? 0 : Math.floor(Number(`${match[7]}e3`));
  const offsetMinutes = Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0);
  if (Number(match[9] ?? 0) > 23 || Number(match[10] ?? 0) > 59) return Number.NaN;
  const offsetMs = (match[8] === "-" ? -1 : 1) * offsetMinutes * 60_000;
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs - offsetMs;
}
