// Parts of the page that need no browser.
import { describe, expect, test } from "vitest";
import type { ServerItem } from "../../web/data/types.ts";
import { arrange } from "../../web/lib/arrange.ts";
import { duration, number, percent } from "../../web/lib/format.ts";
import { layOut, neighbour } from "../../web/lib/heat-layout.ts";
import { probabilityWithin, rankServer, riskStep, stateOf } from "../../web/lib/risk.ts";

const HOUR_MS = 3_600_000;

function item(server: string, probabilities: number[], profile = "web"): ServerItem {
  const breaches = [{ rule: "cpu_high", withinMs: [HOUR_MS, 2 * HOUR_MS], probabilities }];
  const at = "2026-01-01T00:00:00Z";
  return {
    server,
    labels: { profile },
    state: null,
    firstSeenAt: at,
    lastSeenAt: at,
    prediction: { breaches } as never,
  };
}
const ranked = [item("a", [0.1, 0.6]), item("b", [0.3, 0.4], "db"), item("c", [0, 0])].map((one) =>
  rankServer(one, 2 * HOUR_MS, "", new Set(["c"])),
);

test.each([
  [-1, "unknown"],
  [0, "unlikely"],
  [0.2, "possible"],
  [0.5, "likely"],
])("a probability of %d is %s", (probability, state) => expect(stateOf(probability)).toBe(state));

test("the probability within a horizon is that of the longest horizon not beyond it", () => {
  const breach = ranked[0]!.breach!;
  expect([0.5, 1, 1.5, 2, 9].map((hours) => probabilityWithin(breach, hours * HOUR_MS))).toEqual([
    0, 0.1, 0.1, 0.6, 0.6,
  ]);
  expect([0, 0.099, 0.1, 0.95, 1].map(riskStep)).toEqual([0, 0, 1, 9, 9]);
});

describe("the list", () => {
  const names = (query: string) => arrange(ranked, new URLSearchParams(query)).map(({ name }) => name);
  test.each([
    ["", ["c", "a", "b"]],
    ["sort=name&reverse=1", ["c", "b", "a"]],
    ["sort=time", ["a", "b", "c"]],
    ["search=B", ["b"]],
    ["label=profile:db", ["b"]],
    ["state=incident", ["c"]],
  ])("for %s", (query, expected) => expect(names(query)).toEqual(expected));
});

test("the map places every server once, within its width, and arrows reach the neighbours", () => {
  const servers = Array.from({ length: 500 }, (_, at) =>
    rankServer(item(`s${at}`, [0, 0], at % 2 ? "web" : "db"), 0, "", new Set()),
  );
  const layout = layOut(servers, ({ item: { labels } }) => labels["profile"] ?? "", 800, 1);
  expect(new Set(layout.cells.map(({ x, y }) => `${x} ${y}`)).size).toBe(500);
  expect(Math.max(...layout.cells.map(({ x }) => x + layout.cell))).toBeLessThanOrEqual(800);
  expect(Math.max(...layout.cells.map(({ y }) => y + layout.cell))).toBeLessThanOrEqual(layout.height);
  expect(neighbour(layout, null, "ArrowRight")).toBe(0);
  expect(neighbour(layout, 0, "ArrowRight")).toBe(1);
  expect(neighbour(layout, 1, "ArrowLeft")).toBe(0);
  expect(neighbour(layout, 0, "x")).toBeNull();
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
