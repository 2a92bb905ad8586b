// Campaigns: a few times a month the users come in crowds for some hours.
import type { Rng } from "../../base/index.ts";
import { between, chance, DAY_MS, HOUR_MS } from "../random.ts";

const WEEK_MS = 7 * DAY_MS;
const PER_WEEK = 0.7;
const RISE_MS = HOUR_MS;

/** One crowd of users. */
export interface Campaign {
  startMs: number;
  endMs: number;
  /** What it adds to a load of 1. */
  lift: number;
}

/**
 * The campaigns of a fleet. Each week has at most one, drawn from the week's number, so that any time can be asked for.
 * @returns What campaigns add to a load of 1 at an instant: 0 outside of them, with an hour of rise and fall.
 */
export function createCampaigns(rng: Rng): (timeMs: number) => number {
  const byWeek = new Map<number, Campaign | null>();
  return (timeMs) => {
    const week = Math.floor(timeMs / WEEK_MS);
    let campaign = byWeek.get(week);
    if (campaign === undefined) {
      campaign = drawCampaign(rng.fork(`week ${week}`), week * WEEK_MS);
      byWeek.set(week, campaign);
    }
    if (campaign === null || timeMs <= campaign.startMs || timeMs >= campaign.endMs) return 0;
    const edge = Math.min(timeMs - campaign.startMs, campaign.endMs - timeMs) / RISE_MS;
    return campaign.lift * Math.min(1, edge);
  };
}

function drawCampaign(rng: Rng, weekStartMs: number): Campaign | null {
  if (!chance(rng, PER_WEEK)) return null;
  const startMs = weekStartMs + rng.integer(7) * DAY_MS + between(rng, 7, 16) * HOUR_MS;
  return { startMs, endMs: startMs + between(rng, 2.5, 7) * HOUR_MS, lift: between(rng, 0.15, 0.4) };
}
