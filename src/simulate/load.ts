// The work that a fleet's users ask for, by time of day and week.
import type { Profile } from "./profiles.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Load of a profile at an instant: about 0.05 at night, about 1 at the top of an ordinary day. Times are UTC. */
export function loadAt(profile: Profile, timeMs: number): number {
  const hour = (timeMs % DAY_MS) / HOUR_MS;
  let load = 0.05;
  for (const { hour: top, widthHours, height } of profile.peaks) {
    const direct = Math.abs(hour - top);
    const distance = Math.min(direct, 24 - direct);
    load += height * Math.exp(-0.5 * (distance / widthHours) ** 2);
  }
  return load * weekFactor(profile, timeMs);
}

/** 1 on working days, the profile's weekend factor on Saturday and Sunday, three hours of transition at midnight. */
function weekFactor(profile: Profile, timeMs: number): number {
  const before = isWeekend(timeMs - 1.5 * HOUR_MS) ? profile.weekendLoad : 1;
  const after = isWeekend(timeMs + 1.5 * HOUR_MS) ? profile.weekendLoad : 1;
  if (before === after) return before;
  const sinceChange = ((timeMs + 1.5 * HOUR_MS) % DAY_MS) / (3 * HOUR_MS);
  return before + (after - before) * sinceChange;
}

function isWeekend(timeMs: number): boolean {
  const day = new Date(timeMs).getUTCDay();
  return day === 0 || day === 6;
}
