// A fleet in real or accelerated time: one instant at a time, each at its moment on an injected clock.
import { createRng } from "../../base/index.ts";
import { createFleet, type SimulatedFleet } from "../create-fleet.ts";
import { skewMsOf } from "../delivery/clock-skew.ts";
import { createDelivery, type Delivery, type DeliveryFaults } from "../delivery/delivery.ts";
import { createJsonWriter } from "../delivery/row-text.ts";
import { contractFor } from "../options.ts";
import { DAY_MS } from "../random.ts";
import type { LivePlan } from "./plan.ts";
import type { Storyteller } from "./storyteller.ts";

/** How a plan is played. */
export interface LiveOptions {
  /** Simulated time per real time: 60 plays an hour in a minute. */
  speed: number;
  /** Simulated time after which the feed ends, or the last story when that is later; null goes on until interrupted. */
  lengthMs: number | null;
  faults?: DeliveryFaults;
}

/** What a feed needs of the world. */
export interface LiveWorld {
  /** Epoch milliseconds. */
  now: () => number;
  /** Resolves after a real time, at once when the signal is aborted, but never in the same turn of the event loop. */
  wait: (ms: number) => Promise<void>;
  /** Delivers rows, one JSON object each; gives how many of them were delivered. */
  send: (rows: readonly string[]) => Promise<number>;
  /** Ends the feed after the instant that is being sent. */
  signal: AbortSignal;
  /** Called when the fleet stands before the first instant: from then on the feed keeps time. */
  onReady?: () => void;
  /** Called before the rows of an instant are made. */
  onInstant?: (timeMs: number) => void;
  /** Has the fleet of the plan, and may tell it other stories on the way. */
  teller?: Storyteller;
}

/** What a feed has done so far. */
export interface LiveSummary {
  /** Instants whose rows were sent or tried to be. */
  instants: number;
  rows: number;
  /** Rows that did not reach the receiver. */
  undelivered: number;
  /** Instants that began when the next one was already due. */
  lateInstants: number;
  /** Simulated time of the last instant; null before the first. */
  lastMs: number | null;
}

/** The summary of a feed that has not begun. */
export function emptySummary(): LiveSummary {
  return { instants: 0, rows: 0, undelivered: 0, lateInstants: 0, lastMs: null };
}

/**
 * Plays a plan. The k-th instant is sent k intervals after the first, divided by the speed: waiting times do not add up
 * to a drift, and a feed that was held up sends what it has missed at once.
 * @param summary Is kept up to date; holds what was done also when a delivery throws.
 * @throws What `world.send` throws.
 */
export async function runLive(
  { fleet: fleetOptions, fromMs, clockSkewMs }: LivePlan,
  { speed, lengthMs, faults }: LiveOptions,
  world: LiveWorld,
  summary: LiveSummary = emptySummary(),
): Promise<LiveSummary> {
  const { intervalMs, seed } = fleetOptions;
  const { now, wait, send, signal, onReady, onInstant, teller } = world;
  const fleet = teller?.fleet ?? createFleet(fleetOptions);
  const write = createJsonWriter(contractFor(intervalMs));
  const delivery = createDelivery<string>(createRng(seed).fork("delivery"), intervalMs, faults);
  await stepTo(fromMs, fleet, fleetOptions, world);

  const transmit = async (rows: readonly string[]): Promise<void> => {
    summary.rows += rows.length;
    summary.undelivered += rows.length;
    if (rows.length > 0) summary.undelivered -= await send(rows);
  };
  onReady?.();
  const beganMs = now();
  const endMs = (): number =>
    lengthMs === null ? Number.POSITIVE_INFINITY : Math.max(fromMs + lengthMs, teller?.told().endMs ?? 0);
  for (let k = 0; fromMs + k * intervalMs < endMs(); k++) {
    const timeMs = fromMs + k * intervalMs;
    const earlyMs = beganMs + (k * intervalMs) / speed - now();
    await wait(Math.max(0, earlyMs));
    if (signal.aborted) break;
    if (earlyMs <= -intervalMs / speed) summary.lateInstants += 1;
    onInstant?.(timeMs);
    teller?.reach(timeMs);
    sendInstant(timeMs, fleet, clockSkewMs, delivery, write);
    summary.instants += 1;
    summary.lastMs = timeMs;
    await transmit(delivery.arriving(timeMs));
  }
  await transmit(delivery.rest());
  return summary;
}

/** Steps a fleet to the instant before `fromMs`, a day at a time so that an interruption is noticed. */
async function stepTo(
  fromMs: number,
  { servers }: SimulatedFleet,
  { startMs, intervalMs }: LivePlan["fleet"],
  { wait, signal }: LiveWorld,
): Promise<void> {
  for (let dayMs = startMs; dayMs < fromMs && !signal.aborted; ) {
    const dayEndMs = Math.min(fromMs, dayMs + Math.ceil(DAY_MS / intervalMs) * intervalMs);
    for (const server of servers) {
      for (let timeMs = dayMs; timeMs < dayEndMs; timeMs += intervalMs) server.step(timeMs);
    }
    dayMs = dayEndMs;
    await wait(0);
  }
}

function sendInstant(
  timeMs: number,
  { servers }: SimulatedFleet,
  clockSkewMs: number,
  delivery: Delivery<string>,
  write: ReturnType<typeof createJsonWriter>,
): void {
  for (const server of servers) {
    if (!server.step(timeMs)) continue;
    const stampMs = timeMs + skewMsOf(server.personality, clockSkewMs);
    delivery.send(server.server, timeMs, write(stampMs, server));
  }
}
