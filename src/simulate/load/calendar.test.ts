import { describe, expect, test } from "vitest";
import { dayFactor, utcOffsetMs } from "./calendar.ts";

const HOUR_MS = 3_600_000;
const factors = { weekendLoad: 0.5, monthEndLoad: 1.4 };

test.each([
  ["Europe/Berlin", "2026-01-05T12:00:00Z", 1],
  ["Europe/Berlin", "2026-03-29T00:59:00Z", 1],
  ["Europe/Berlin", "2026-03-29T01:00:00Z", 2],
  ["Europe/Berlin", "2026-10-25T00:59:00Z", 2],
  ["Europe/Berlin", "2026-10-25T01:00:00Z", 1],
  ["America/New_York", "2026-07-01T00:00:00Z", -4],
  ["Asia/Singapore", "2026-07-01T00:00:00Z", 8],
  ["UTC", "2026-07-01T00:00:00Z", 0],
])("%s at %s is %d h ahead of UTC", (zone, time, hours) => {
  expect(utcOffsetMs(zone, Date.parse(time))).toBe(hours * HOUR_MS);
});

describe("dayFactor, by local time", () => {
  test.each([
    ["2026-01-07T12:00:00Z", 1], // Wednesday
    ["2026-01-10T12:00:00Z", 0.5], // Saturday
    ["2026-12-25T12:00:00Z", 0.5], // holiday
    ["2026-01-29T12:00:00Z", 1.4], // last but one working day
    ["2026-01-30T12:00:00Z", 1.4],
    ["2026-01-31T12:00:00Z", 0.5], // Saturday at the end of a month
    ["2026-01-28T12:00:00Z", 1],
    ["2026-01-10T00:00:00Z", 0.75], // half way from Friday to Saturday
  ])("%s: %d", (time, factor) => {
    expect(dayFactor(factors, Date.parse(time))).toBeCloseTo(factor, 9);
  });
});
