// Durations as people write them (5s, 30m, 8h, 7d) and as the code keeps them (milliseconds).
import { ForewarnError } from "./errors.ts";

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Parses `5m`, `1h30m`, `250ms` into milliseconds.
 * @param where Where the text came from, for the message ("--interval", "contract.interval").
 * @throws ForewarnError `usage_invalid` for anything else, zero included.
 */
export function parseDuration(text: string, where: string): number {
  if (/^(\d+(ms|[smhd]))+$/.test(text)) {
    let total = 0;
    for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhd])/g)) {
      total += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
    }
    if (total > 0 && Number.isSafeInteger(total)) return total;
  }
  throw new ForewarnError("usage_invalid", `${where}: Expected a duration such as 5m, got ${JSON.stringify(text)}`);
}

/** Writes milliseconds as the shortest text that {@link parseDuration} reads back: 90 min is "1h30m". */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  let rest = ms;
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"] as const) {
    const amount = Math.floor(rest / UNIT_MS[unit]);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * UNIT_MS[unit];
  }
  return text;
}
