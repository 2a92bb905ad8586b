import { describe, expect, it } from "vitest";
import { createFleet } from "../create-fleet.ts";
import { HOUR_MS, MINUTE_MS } from "../random.ts";
import type { SimulatedServer } from "../server/simulated-server.ts";
import { planLive } from "./plan.ts";
import { runLive } from "./run-live.ts";
import { createStoryteller, type Storyteller } from "./storyteller.ts";

const STEP_MS = 5 * MINUTE_MS;
const PLAN = planLive({ servers: 14, intervalMs: STEP_MS, seed: 7, incidentRate: 0, scenario: "degrading" });
const { fromMs } = PLAN;

/** Steps a fleet through a time; gives the rows of a server. */
function play({ fleet, reach }: Storyteller, sinceMs: number, untilMs: number, name: string): number[][] {
  const rows: number[][] = [];
  for (let timeMs = sinceMs; timeMs < untilMs; timeMs += STEP_MS) {
    reach(timeMs);
    for (const server of fleet.servers) server.step(timeMs);
    rows.push([...fleet.servers.find(({ server }) => server === name)!.metrics]);
  }
  return rows;
}
const incidentOf = ({ fleet }: Storyteller, name: string): SimulatedServer["incident"] =>
  fleet.servers.find(({ server }) => server === name)!.incident;

describe("a storyteller", () => {
  it("tells the plan's own story first, rows unchanged", () => {
    const teller = createStoryteller(PLAN, "degrading");
    const [first] = teller.told().incidents;
    expect(teller.told()).toMatchObject({ scenario: "degrading", startMs: fromMs, endMs: fromMs + 5 * HOUR_MS });
    const plain = createFleet(PLAN.fleet);
    const rows = play(teller, fromMs, fromMs + 4 * HOUR_MS, first!.server);
    const same: number[][] = [];
    for (let timeMs = fromMs; timeMs < fromMs + 4 * HOUR_MS; timeMs += STEP_MS) {
      for (const server of plain.servers) server.step(timeMs);
      same.push([...plain.servers.find(({ server }) => server === first!.server)!.metrics]);
    }
    expect(rows).toEqual(same);
  });

  it("begins another one at the next instant: what lasts is repaired, what was to come does not", () => {
    const teller = createStoryteller(PLAN, "degrading");
    const breaking = teller.told().incidents.find(({ course }) => course === "breaches")!;
    const atMs = fromMs + 2 * HOUR_MS;
    play(teller, fromMs, atMs, breaking.server);
    expect(incidentOf(teller, breaking.server)).toMatchObject({ course: "breaches" });
    const told = teller.tell("healthy");
    expect(told).toEqual({ scenario: "healthy", startMs: atMs, endMs: atMs + 5 * HOUR_MS, incidents: [] });
    play(teller, atMs, atMs + 4 * HOUR_MS, breaking.server);
    expect(incidentOf(teller, breaking.server)).toMatchObject({ course: "repaired", endMs: atMs });
    expect(
      teller.fleet.servers.filter(({ incident }) => (incident?.peakMs ?? 0) > atMs && incident!.endMs > atMs),
    ).toEqual([]);
  });

  it("tells the same story for the same seed and instant, and another at another one", () => {
    const toldAt = (hours: number) => {
      const teller = createStoryteller(PLAN, "healthy");
      play(teller, fromMs, fromMs + hours * HOUR_MS, teller.fleet.servers[0]!.server);
      return teller.tell("critical");
    };
    expect(toldAt(1)).toEqual(toldAt(1));
    const [early, late] = [toldAt(1), toldAt(2)];
    expect(late.startMs - early.startMs).toBe(HOUR_MS);
    expect(early.incidents.length).toBeGreaterThan(2);
    for (const { startMs, sign, cause } of early.incidents) {
      expect(startMs).toBeGreaterThan(early.startMs);
      expect(`${sign} ${cause}`).toMatch(/^[a-zA-Z]/);
    }
  });

  it("a feed goes on until the last story is over", async () => {
    const teller = createStoryteller(PLAN, "degrading");
    let nowMs = 0;
    let ready = 0;
    const summary = await runLive(
      PLAN,
      { speed: 60, lengthMs: 5 * HOUR_MS },
      {
        now: () => nowMs,
        wait: async (ms) => {
          nowMs += ms;
        },
        send: async (rows) => rows.length,
        signal: new AbortController().signal,
        onReady: () => void ready++,
        onInstant: (timeMs) => {
          if (timeMs === fromMs + HOUR_MS) teller.tell("cascade");
        },
        teller,
      },
    );
    expect(ready).toBe(1);
    // Told before the instant is reached: it begins there.
    expect(summary.lastMs).toBe(fromMs + 6 * HOUR_MS - STEP_MS);
  });
});
