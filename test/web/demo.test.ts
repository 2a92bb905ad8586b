import { expect, test } from "vitest";
import type { Demo, DemoIncident } from "../../web/data/types.ts";
import { headline, stepOf } from "../../web/lib/demo.ts";

const START_MS = Date.UTC(2026, 0, 5);
const at = (hours: number) => START_MS + hours * 3_600_000;
const iso = (hours: number) => new Date(at(hours)).toISOString();
const incident: DemoIncident = {
  ...{ server: "db-3", rule: "disk_full", sign: "the disk is filling", cause: "logs that are not rotated" },
  ...{
    isForeseeable: true,
    course: "breaches",
    startsAt: iso(1),
    peaksAt: iso(3),
    endsAt: iso(4),
    predictBy: iso(2.5),
  },
  ...{ predictedAt: null, beganAt: null, outcome: null, leadMs: null },
};
const story = (changes: Partial<DemoIncident> = {}): Demo => ({
  ...{ speed: 120, now: iso(0), scenarios: [], scenario: "degrading", startedAt: iso(0), endsAt: iso(5) },
  ...{ incidents: [{ ...incident, ...changes }], counts: { confirmed: 0, expired: 0, missed: 0 } },
});

test.each([
  [story(), 0, "All is calm. The first sign of something comes in about 30 s."],
  [story(), 1.5, /^db-3: the disk is filling \(logs .*\)\. Forewarn should warn within about 30 s to be in time\.$/],
  [story(), 2.75, /Nothing is predicted yet/],
  [story({ predictedAt: iso(2) }), 2, /Forewarn has predicted it; the threshold should break in about 30 s\.$/],
  [story({ predictedAt: iso(2) }), 3.2, /It was predicted; it counts as come true once/],
  [story({ outcome: "confirmed" }), 3.5, "The worst is over."],
  [story({ outcome: "missed" }), 6, "The story is over; the fleet goes on."],
  [{ ...story(), incidents: [] }, 1, /whatever is predicted now is a false alarm/],
])("the headline of a story", (demo, hours, said) => {
  if (typeof said === "string") expect(headline(demo, at(hours))).toBe(said);
  else expect(headline(demo, at(hours))).toMatch(said);
});

test("steps follow the time and the alerts", () => {
  const steps = [0, 2, 4.5].map((hours) => stepOf(incident, at(hours)));
  expect(steps).toEqual(["coming", "began", "over"]);
  expect(stepOf({ ...incident, predictedAt: iso(2) }, at(2))).toBe("predicted");
  expect(stepOf({ ...incident, outcome: "confirmed" }, at(3))).toBe("confirmed");
});
