// Durations as PromQL writes them: 1h30m, with years, weeks and days; a unit comes once, larger units first.

const UNITS = [
  ["y", 365 * 86_400_000],
  ["w", 7 * 86_400_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

/** Longest duration, as in Prometheus, which counts int64 nanoseconds: about 292 years. */
const MAX_DURATION_MS = 9_223_372_036_854;

/** The form of a duration, to be used at a position of a text. */
export const DURATION_FORM = /\d+(?:ms|[ywdhms])(?:\d+(?:ms|[ywdhms]))*/y;

const ORDERED = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds of a duration, or null if its units are out of order, repeated or too long. */
export function parseQueryDuration(text: string): number | null {
  const found = ORDERED.exec(text);
  if (found === null || text === "") return null;
  const totalMs = UNITS.reduce((sum, [, unitMs], i) => sum + Number(found[i + 1] ?? 0) * unitMs, 0);
  return isDurationInRange(totalMs) ? totalMs : null;
}

/** Whether a duration of so many milliseconds can be used. */
export function isDurationInRange(durationMs: number): boolean {
  return Math.abs(durationMs) <= MAX_DURATION_MS;
}

/** Writes milliseconds as a duration that {@link parseQueryDuration} reads back. */
export function formatQueryDuration(durationMs: number): string {
  let rest = durationMs;
  let text = "";
  for (const [unit, unitMs] of UNITS) {
    const amount = Math.floor(rest / unitMs);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * unitMs;
  }
  return text === "" ? "0s" : text;
}
