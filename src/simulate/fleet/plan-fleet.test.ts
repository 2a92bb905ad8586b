import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../../base/index.ts";
import { planFleet } from "./plan-fleet.ts";
import { drawTopology } from "./topology.ts";

const plan = (servers: number) => planFleet(servers, createRng(1));

describe("planFleet", () => {
  test("gives the first seven servers one profile each and names servers by profile", () => {
    expect(new Set(plan(7).map(({ profile }) => profile)).size).toBe(7);
    expect(plan(15).map(({ server }) => server)).toEqual(
      (
        "ppcon01 ppdb001 ppdb002 ppdb003 ppetl001 ppgen001 ppml0001 ppml0002 ppml0003 pprisk001 " +
        "ppweb001 ppweb002 ppweb003 ppweb004 ppweb005"
      ).split(" "),
    );
  });

  test("has the asked size, unique names, and contains every smaller fleet with the same personalities", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (servers) => {
        const byName = new Map(plan(servers).map((planned) => [planned.server, planned]));
        expect(byName.size).toBe(servers);
        for (const planned of plan(servers - 1)) expect(byName.get(planned.server)).toEqual(planned);
      }),
      { numRuns: 30 },
    );
  });
});

describe("drawTopology", () => {
  const topology = drawTopology(plan(200), createRng(2));

  test("calls and callers mirror each other, nobody calls itself, and web services call databases", () => {
    for (const [service, called] of topology.calls) {
      expect(called).not.toContain(service);
      for (const name of called) expect(topology.callers.get(name)).toContain(service);
    }
    for (const [service, callers] of topology.callers) {
      for (const name of callers) expect(topology.calls.get(name)).toContain(service);
    }
    const web = [...topology.calls].filter(([service]) => service.startsWith("web_api"));
    expect(web.length).toBeGreaterThan(5);
    for (const [, called] of web) expect(called.some((name) => name.startsWith("database"))).toBe(true);
  });

  test("services have one profile and at most six servers", () => {
    for (const servers of topology.servers.values()) expect(servers.length).toBeLessThanOrEqual(6);
    expect([...topology.servers.values()].flat()).toHaveLength(200);
  });
});
