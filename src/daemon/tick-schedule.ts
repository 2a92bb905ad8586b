// When forecasts are made: on a grid that is computed from the clock every time, so that nothing adds up to a drift.

/** A grid of ticks. */
export interface TickSchedule {
  /** Distance of ticks; boundaries are its multiples since the epoch. */
  everyMs: number;
  /** How long after a boundary its tick comes, so that late rows are in; less than `everyMs`. */
  delayMs: number;
}

/** One tick. */
export interface PlannedTick {
  /** The forecast reads what was measured before this time. */
  boundaryMs: number;
  /** When it is made. */
  atMs: number;
}

/** What a look at the clock says. */
export interface TickLook {
  /** The tick to make now; null when it is not time yet. */
  due: PlannedTick | null;
  /** The tick to wait for then. */
  next: PlannedTick;
  /** Ticks that are not made, because their time and more is over. */
  skipped: number;
}

const DAY_MS = 86_400_000;

/** The newest tick whose time has come at `timeMs`. */
export function newestTick({ everyMs, delayMs }: TickSchedule, timeMs: number): PlannedTick {
  const boundaryMs = Math.floor((timeMs - delayMs) / everyMs) * everyMs;
  return { boundaryMs, atMs: boundaryMs + delayMs };
}

/**
 * Looks whether a tick is due. Of several the newest is made and the others are skipped, never made up for: a forecast of
 * the past helps nobody. When the clock was set back by more than an interval the grid goes on from there.
 * @param planned The tick that is waited for.
 * @returns The look; a clock that was set forward by more than a day skips none.
 */
export function lookForTick(schedule: TickSchedule, planned: PlannedTick, nowMs: number): TickLook {
  const { everyMs } = schedule;
  const newest = newestTick(schedule, nowMs);
  const following = { boundaryMs: newest.boundaryMs + everyMs, atMs: newest.atMs + everyMs };
  if (planned.atMs > nowMs) {
    const wasSetBack = planned.atMs - nowMs > everyMs;
    return { due: null, next: wasSetBack ? following : planned, skipped: 0 };
  }
  const passed = (newest.boundaryMs - planned.boundaryMs) / everyMs;
  return { due: newest, next: following, skipped: passed * everyMs < DAY_MS ? passed : 0 };
}
