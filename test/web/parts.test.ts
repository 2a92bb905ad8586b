// Parts of the page that need no browser.
import { describe, expect, test } from "vitest";
import { fleetColumns } from "../../src/server/payload/fleet-columns.ts";
import { decodeFleet, type FleetTable, labelsOf } from "../../web/data/fleet-table.ts";
import { arrange } from "../../web/lib/arrange.ts";
import { duration, number, percent } from "../../web/lib/format.ts";
import { cellAt, layOut, neighbour } from "../../web/lib/heat-layout.ts";
import { membersOf } from "../../web/lib/heat-members.ts";
import { rankFleet, timeOf } from "../../web/lib/ranking.ts";
import { riskStep, STATES, stateOf } from "../../web/lib/risk.ts";

import { WITHIN_STEPS } from "../support/alerts.ts";
import { fakeServices } from "../support/fake-services.ts";

const HOUR_MS = 3_600_000;

/** Servers with the probabilities of one rule within one and two hours; the profile is that of the place. */
function fleet(probabilities: Record<string, [number, number]>, profiles: readonly string[]): FleetTable {
  const names = Object.keys(probabilities);
  const none = (count: number) => new Int32Array(count).fill(-1);
  return {
    ...{ nowMs: 0, modelId: "m", issuedAtMs: 0, names, searchNames: names, nameBytes: new Uint8Array() },
    ...{ rules: ["cpu_high"], withinMs: [HOUR_MS, 2 * HOUR_MS], refusals: [], refusal: none(names.length) },
    labels: [{ name: "profile", values: ["web", "db"] }],
    labelCodes: Int32Array.from(names, (_, at) => ["web", "db"].indexOf(profiles[at % profiles.length]!)),
    ...{ lastSeenMs: new Float64Array(names.length), dataMs: new Float64Array(names.length) },
    ...{ historySteps: none(2 * names.length), alertRules: ["cpu_soon"] },
    incidents: Uint8Array.from(names, (name) => Number(name === "c")),
    probabilities: Float32Array.from(Object.values(probabilities).flat()),
  };
}
const table = fleet({ a: [0.1, 0.6], b: [0.3, 0.4], c: [0, 0], d: [-1, -1] }, ["web", "db"]);
const ranking = rankFleet(table, 2 * HOUR_MS, "");

test.each([
  [-1, "unknown"],
  [0, "unlikely"],
  [0.2, "possible"],
  [0.5, "likely"],
])("a probability of %d is %s", (probability, state) => expect(stateOf(probability)).toBe(state));

test("the probability within a horizon is that of the longest horizon not beyond it", () => {
  const first = (hours: number) => rankFleet(table, hours * HOUR_MS, "").probability[0];
  expect([0.5, 1, 1.5, 2, 9].map(first)).toEqual([0, 0.1, 0.1, 0.6, 0.6].map(Math.fround));
  expect([0, 0.099, 0.1, Math.fround(0.7), 0.95, 1].map(riskStep)).toEqual([0, 0, 1, 7, 9, 9]);
});

test("servers are ranked by rule, state and time", () => {
  expect([...ranking.rule]).toEqual([0, 0, 0, -1]);
  expect([...ranking.state].map((state) => STATES[state])).toEqual(["likely", "possible", "incident", "unknown"]);
  expect(timeOf(ranking, 0)).toEqual({ p10Ms: HOUR_MS, p50Ms: 1.8 * HOUR_MS, p90Ms: null });
  expect(timeOf(ranking, 3).p10Ms).toBeNull();
  expect([...rankFleet(table, HOUR_MS, "mem_high").rule]).toEqual([-1, -1, -1, -1]);
});

describe("the list", () => {
  const names = (query: string) => arrange(ranking, new URLSearchParams(query)).map((server) => table.names[server]);
  test.each([
    ["", ["c", "a", "b", "d"]],
    ["sort=name&reverse=1", ["d", "c", "b", "a"]],
    ["sort=time", ["a", "b", "c", "d"]],
    ["search=B", ["b"]],
    ["label=profile:db", ["b", "d"]],
    ["label=profile:none", []],
    ["state=incident", ["c"]],
  ])("for %s", (query, expected) => expect(names(query)).toEqual(expected));
});

describe("the map", () => {
  const many = fleet(
    Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`s${at}`, [0, 0] as [number, number]])),
    ["web", "db"],
  );
  const all = many.names.map((_, at) => at);
  const members = membersOf(many, all, "profile", null);
  const layout = layOut(members, 800, 1);

  test("places every server once, within its width, and a point finds it", () => {
    const { x, y, cell, servers } = layout;
    expect(new Set(servers).size).toBe(500);
    expect(Math.max(...x) + cell).toBeLessThanOrEqual(800);
    expect(Math.max(...y) + cell).toBeLessThanOrEqual(layout.height);
    for (const at of all) expect(cellAt(layout, x[at]! + cell / 2, y[at]! + cell / 2)).toBe(at);
    expect(cellAt(layout, -1, 30)).toBeNull();
    expect(cellAt(layout, 30, layout.height + 1)).toBeNull();
  });

  test("arrows reach the neighbours", () => {
    expect(neighbour(layout, null, "ArrowRight")).toBe(0);
    expect(neighbour(layout, 0, "ArrowRight")).toBe(1);
    expect(neighbour(layout, 1, "ArrowLeft")).toBe(0);
    expect(neighbour(layout, 0, "x")).toBeNull();
  });

  test("stays as it is while its members are the same", () => {
    expect(membersOf(many, all.toReversed(), "profile", members)).toBe(members);
    expect(membersOf(many, all, "none", members)).not.toBe(members);
    expect(membersOf(many, all.slice(1), "profile", members)).not.toBe(members);
    expect(membersOf({ ...many, names: [...many.names] }, all, "profile", members)).not.toBe(members);
  });
});

test("the columns of the daemon are read as they were written", () => {
  const fake = fakeServices();
  const read = (before: FleetTable | null) => decodeFleet(fleetColumns(fake).buffer, before);
  const first = read(null);
  expect(first).toMatchObject({ names: ["a", "b", "c"], searchNames: ["a", "b", "c"], modelId: "tft_1" });
  expect([first.rules.length, first.withinMs.length]).toEqual([3, WITHIN_STEPS.length]);
  expect([...rankFleet(first, Number.POSITIVE_INFINITY, "").probability]).toEqual([0.8, 0.1, -1].map(Math.fround));
  expect(labelsOf(first, 0)).toEqual(["database"]);
  expect([first.refusals[first.refusal[2]!], ...first.historySteps.slice(4)]).toEqual(["insufficient_data", 1, 288]);
  expect(read(first).names).toBe(first.names);
  fake.stored.push({ server: "d", timestampMs: fake.now(), metrics: {} });
  expect(read(first).names).toEqual(["a", "b", "c", "d"]);
  fake.model = null;
  expect(read(first)).toMatchObject({ modelId: null, probabilities: new Float32Array() });
});

test.each([
  [percent(0.004), "<1 %"],
  [percent(0.999), ">99 %"],
  [percent(null), "–"],
  [duration(59_999), "59 s"],
  [duration(3 * HOUR_MS + 40 * 60_000), "3 h 40"],
  [duration(49 * HOUR_MS), "2 d 1 h"],
  [number(0.123456), "0.123"],
])("figures as people read them: %s", (got, expected) => expect(got).toBe(expected));
