import { describe, expect, test } from "vitest";
import { fleetContract } from "../../contract/index.ts";
import { createFleet } from "../create-fleet.ts";
import { KINDS } from "../incidents/kinds.ts";
import { HOUR_MS } from "../random.ts";
import { createTruthRecorder } from "../truth/truth-recorder.ts";
import { type ScenarioName, scenarioScript } from "./scenarios.ts";
import { phaseAt, STORY_HOURS } from "./story.ts";

const INTERVAL_MS = 300_000;
const START_MS = Date.UTC(2026, 0, 6, 9);
const SERVERS = 30;
const END_MS = START_MS + STORY_HOURS * HOUR_MS;

function tell(name: ScenarioName, seed: number, incidentRate = 1) {
  const scriptOf = scenarioScript(name, seed, START_MS);
  const fleet = createFleet({
    ...{ servers: SERVERS, seed, startMs: START_MS, intervalMs: INTERVAL_MS, incidentRate },
    script: scriptOf,
  });
  return { ...fleet, script: scriptOf(fleet) };
}

/** Hours into the story at which servers breach or go down, one number for each server that does. */
function breachHours(name: ScenarioName, seed: number): number[] {
  return tell(name, seed).servers.flatMap((server) => {
    const recorder = createTruthRecorder(server, fleetContract);
    for (let timeMs = START_MS; timeMs < END_MS; timeMs += INTERVAL_MS) recorder.observe(timeMs, server.step(timeMs));
    const starts = recorder.finish(END_MS).flatMap(({ breachStartMs }) => breachStartMs ?? []);
    return starts.length === 0 ? [] : [(Math.min(...starts) - START_MS) / HOUR_MS];
  });
}

const seeds = [1, 2, 3, 4, 5];
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("stories", () => {
  test("are the same for the same seed and differ for another", () => {
    for (const name of ["degrading", "critical", "cascade"] as const) {
      expect(tell(name, 7).script).toEqual(tell(name, 7).script);
      expect(tell(name, 7).script.incidents).not.toEqual(tell(name, 8).script.incidents);
    }
  });

  test("begin after the baseline, concern a server once and are over soon after their end", () => {
    for (const name of ["degrading", "critical", "cascade"] as const) {
      for (const seed of seeds) {
        const { incidents, startMs, endMs } = tell(name, seed).script;
        expect(new Set(incidents.map(({ server }) => server)).size).toBe(incidents.length);
        for (const incident of incidents) {
          expect(incident.startMs).toBeGreaterThan(startMs + 0.6 * HOUR_MS);
          expect(incident.endMs).toBeLessThan(endMs + 0.5 * HOUR_MS);
        }
      }
    }
  });

  test("healthy: nothing goes wrong, however often it would otherwise", () => {
    for (const seed of seeds) {
      for (const server of tell("healthy", seed, 50).servers) {
        for (let timeMs = START_MS; timeMs < END_MS; timeMs += INTERVAL_MS) {
          server.step(timeMs);
          // Its last incident, if there was one, was over before the story began.
          expect(server.incident?.backMs ?? 0).toBeLessThanOrEqual(START_MS);
        }
      }
    }
  });

  test("degrading: a quarter of the servers sickens slowly, few of them breach, and late", () => {
    for (const seed of seeds) {
      const { incidents } = tell("degrading", seed).script;
      expect(incidents).toHaveLength(Math.round(SERVERS / 4));
      for (const { kind, peakMs, startMs } of incidents) {
        expect(KINDS[kind].foreseeable).toBe(true);
        expect(peakMs - startMs).toBeGreaterThan(1.5 * HOUR_MS);
      }
    }
    const hours = seeds.map((seed) => breachHours("degrading", seed));
    expect(mean(hours.map((all) => all.length))).toBeGreaterThanOrEqual(1);
    expect(mean(hours.map((all) => all.length))).toBeLessThanOrEqual(4);
    expect(mean(hours.flat())).toBeGreaterThan(2.5);
  });

  test("critical: about a third breaches at the peak, of several kinds", () => {
    const hours = seeds.map((seed) => breachHours("critical", seed));
    expect(mean(hours.map((all) => all.length))).toBeGreaterThan(0.22 * SERVERS);
    expect(mean(hours.map((all) => all.length))).toBeLessThan(0.45 * SERVERS);
    const inPeak = hours.flat().filter((hour) => phaseAt(0, hour * HOUR_MS) === "peak");
    expect(inPeak.length / hours.flat().length).toBeGreaterThan(0.7);
    const kinds = new Set(tell("critical", 1).script.incidents.map(({ kind }) => kind));
    expect(kinds.size).toBeGreaterThanOrEqual(6);
  });

  test("cascade: begins in the service with the most callers, and the others follow it", () => {
    for (const seed of seeds) {
      const { script, topology } = tell("cascade", seed);
      const [root, ...others] = script.incidents;
      const service = [...topology.servers].find(([, servers]) => servers.includes(root!.server))![0];
      const most = Math.max(...[...topology.callers.values()].map((callers) => callers.length));
      expect(topology.callers.get(service)).toHaveLength(most);
      const ids = new Set(script.incidents.map(({ id }) => id));
      expect(others.length).toBeGreaterThan(2);
      for (const { parentId } of others) expect(ids.has(parentId!)).toBe(true);
    }
  });

  test("work for one server", () => {
    for (const name of ["degrading", "critical", "cascade"] as const) {
      const script = scenarioScript(name, 1, START_MS);
      const fleet = createFleet({ servers: 1, seed: 1, startMs: START_MS, intervalMs: INTERVAL_MS, script });
      expect(script(fleet).incidents).toHaveLength(1);
    }
  });

  test("an unknown one is refused with the known ones", () => {
    const expected = {
      code: "usage_invalid",
      message: expect.stringContaining("healthy, degrading, critical, cascade"),
    };
    expect(() => scenarioScript("doom", 1, START_MS)).toThrow(expect.objectContaining(expected));
  });
});

test("phases follow each other and cover the story", () => {
  const phases = Array.from({ length: 12 }, (_, half) => phaseAt(START_MS, START_MS + (half - 1) * 0.5 * HOUR_MS));
  const [b, e, p, r] = ["baseline", "escalation", "peak", "recovery"];
  expect(phases).toEqual([null, b, b, e, e, e, p, p, p, r, r, null]);
});
