// Numbers and times as people read them. Everything that can be missing is an en dash.
export const NONE = "–";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A probability or share: 42 %, below 1 % and above 99 % said so. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return NONE;
  if (share > 0 && share < 0.01) return "<1 %";
  if (share > 0.99 && share < 1) return ">99 %";
  return `${Math.round(share * 100)} %`;
}

/** A value with three digits that count. */
export function number(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString();
  return String(Number(value.toPrecision(3)));
}

/** A length of time in two units at most: 35 s, 12 min, 3 h 40. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return NONE;
  if (ms < MINUTE_MS) return `${Math.max(0, Math.floor(ms / 1000))} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) {
    const [hours, minutes] = [Math.floor(ms / HOUR_MS), Math.floor((ms % HOUR_MS) / MINUTE_MS)];
    return minutes === 0 ? `${hours} h` : `${hours} h ${String(minutes).padStart(2, "0")}`;
  }
  return `${Math.floor(ms / DAY_MS)} d ${Math.floor((ms % DAY_MS) / HOUR_MS)} h`;
}

/** A horizon as the daemon writes it: 30m, 8h. */
export function horizonName(ms: number): string {
  return ms % HOUR_MS === 0 ? `${ms / HOUR_MS} h` : `${ms / MINUTE_MS} min`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** A time in the viewer's zone; with the day when it is not that of `nowMs`. */
export function time(timeMs: number, nowMs: number): string {
  const isToday = new Date(timeMs).toDateString() === new Date(nowMs).toDateString();
  return isToday ? clock.format(timeMs) : `${day.format(timeMs)}, ${clock.format(timeMs)}`;
}

/** A time in UTC. */
export function utc(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** A name of code in words: `cpu_high` is "cpu high". */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}
