// The work that a profile's users ask for over time, kept as a curve of five-minute knots so that a whole fleet shares it.
import type { Profile } from "../fleet/profiles.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../random.ts";
import { dayFactor, utcOffsetMs } from "./calendar.ts";

const KNOT_MS = 5 * MINUTE_MS;
const KNOTS = DAY_MS / KNOT_MS;
const NIGHT_LOAD = 0.06;
/** Days kept; servers whose day begins earlier or later read two of them in turn. */
const KEPT_DAYS = 4;

/**
 * Load of a profile in a time zone: about 0.06 at night, about 1 at the top of an ordinary day.
 * @param campaignLift What campaigns add at an instant, from `createCampaigns`.
 */
export function createLoadCurve(
  profile: Profile,
  zone: string,
  campaignLift: (timeMs: number) => number,
): (timeMs: number) => number {
  const days = new Map<number, Float64Array>();
  return (timeMs) => {
    const day = Math.floor(timeMs / DAY_MS);
    let knots = days.get(day);
    if (knots === undefined) {
      knots = Float64Array.from({ length: KNOTS + 1 }, (_, i) => {
        const knotMs = day * DAY_MS + i * KNOT_MS;
        return loadAt(profile, zone, knotMs) * (1 + profile.campaignShare * campaignLift(knotMs));
      });
      days.set(day, knots);
      if (days.size > KEPT_DAYS) days.delete(days.keys().next().value!);
    }
    const place = (timeMs - day * DAY_MS) / KNOT_MS;
    const knot = Math.floor(place);
    return knots[knot]! + (place - knot) * (knots[knot + 1]! - knots[knot]!);
  };
}

function loadAt(profile: Profile, zone: string, timeMs: number): number {
  const localMs = timeMs + utcOffsetMs(zone, timeMs);
  const hour = (((localMs % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS;
  let load = NIGHT_LOAD;
  for (const { hour: top, widthHours, height } of profile.peaks) {
    const direct = Math.abs(hour - top);
    const distance = Math.min(direct, 24 - direct);
    load += height * Math.exp(-0.5 * (distance / widthHours) ** 2);
  }
  return load * dayFactor(profile, localMs);
}
