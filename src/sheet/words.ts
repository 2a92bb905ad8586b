// Times and lengths of time as a person says them. All times are UTC.

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "12 Jan" in UTC. */
export function dayInWords(timeMs: number): string {
  const date = new Date(timeMs);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]!}`;
}

/** "03:15" in UTC. */
export function clockInWords(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 16);
}

/** A length of time as a person says it: "35 min", "9 h 20 min", "2.5 d". */
export function lengthInWords(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.round(ms / 1000)} s`;
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 60) return `${minutes} min`;
  if (ms >= 2 * DAY_MS) return `${(ms / DAY_MS).toFixed(1)} d`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? "" : ` ${rest} min`}`;
}
