// What happens to rows on their way: some arrive late, some arrive twice. Takes rows in time order and gives them in the
// order of their arrival. Pure and seeded: the fate of a row depends on its server and time alone, so that a feed that
// begins later treats it alike.
import { ForewarnError, type Rng } from "../../base/index.ts";

/** A repeat arrives at most this many intervals after the first. */
const MOST_REPEAT_STEPS = 6;

/** How bad the way is. */
export interface DeliveryFaults {
  /** Share of the rows that arrive twice; 0 by default. */
  duplicateRate?: number;
  /** Share of the rows that arrive late; 0 by default. */
  lateRate?: number;
  /** Longest delay of a late row; 1 h by default. A late row is at least one interval late. */
  longestDelayMs?: number;
}

/** Rows under way. */
export interface Delivery<Row> {
  /** Sends the row of a server at an instant of the grid. */
  send(server: string, timeMs: number, row: Row): void;
  /** The rows that arrive at an instant, in the order in which they were sent; to be asked for every instant in turn. */
  arriving(timeMs: number): Row[];
  /** All rows that are still under way, in order of arrival; there are none afterwards. */
  rest(): Row[];
}

/**
 * A way for rows every `intervalMs`.
 * @throws ForewarnError `usage_invalid` for rates outside of [0, 1] or a delay that is negative.
 */
export function createDelivery<Row>(rng: Rng, intervalMs: number, faults: DeliveryFaults = {}): Delivery<Row> {
  const { duplicateRate, lateRate, longestDelayMs } = checkFaults(faults);
  const isPerfect = duplicateRate === 0 && lateRate === 0;
  const mostLateSteps = Math.max(1, Math.floor(longestDelayMs / intervalMs));
  const underWay = new Map<number, Row[]>();
  const arriveAt = (timeMs: number, row: Row): void => {
    const rows = underWay.get(timeMs);
    if (rows === undefined) underWay.set(timeMs, [row]);
    else rows.push(row);
  };
  return {
    send(server, timeMs, row) {
      if (isPerfect) return arriveAt(timeMs, row);
      const fate = rng.fork(`${server} ${timeMs}`);
      const isLate = fate.uniform() < lateRate;
      const firstMs = timeMs + (isLate ? 1 + fate.integer(mostLateSteps) : 0) * intervalMs;
      arriveAt(firstMs, row);
      if (fate.uniform() < duplicateRate) arriveAt(firstMs + (1 + fate.integer(MOST_REPEAT_STEPS)) * intervalMs, row);
    },
    arriving(timeMs) {
      const rows = underWay.get(timeMs) ?? [];
      underWay.delete(timeMs);
      return rows;
    },
    rest() {
      const rows = [...underWay].sort(([a], [b]) => a - b).flatMap(([, arriving]) => arriving);
      underWay.clear();
      return rows;
    },
  };
}

function checkFaults({ duplicateRate = 0, lateRate = 0, longestDelayMs = 3_600_000 }: DeliveryFaults) {
  for (const [name, rate] of Object.entries({ duplicates: duplicateRate, late: lateRate })) {
    if (rate >= 0 && rate <= 1) continue;
    throw new ForewarnError("usage_invalid", `${name}: Expected a share from 0 to 1, got ${rate}`);
  }
  if (!(longestDelayMs >= 0 && Number.isFinite(longestDelayMs))) {
    throw new ForewarnError("usage_invalid", `late by: Expected a delay of 0 or more, got ${longestDelayMs}`);
  }
  return { duplicateRate, lateRate, longestDelayMs };
}
