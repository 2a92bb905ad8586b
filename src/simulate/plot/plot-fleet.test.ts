import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unbalancedTags } from "../../../test/helpers/markup.ts";
import { HOUR_MS, MINUTE_MS } from "../random.ts";
import { type FleetPlot, plotFleet } from "./plot-fleet.ts";

const directory = mkdtempSync(join(tmpdir(), "forewarn-plot-"));
afterAll(() => rmSync(directory, { recursive: true }));
const small = { servers: 3, hours: 30, intervalMs: 5 * MINUTE_MS, seed: 5 };

describe("the sheet of a month of 90 servers", () => {
  let plot: FleetPlot;
  let html = "";
  beforeAll(async () => {
    plot = await plotFleet(join(directory, "new", "month"), {
      ...small,
      servers: 90,
      hours: 720,
      intervalMs: 15 * MINUTE_MS,
    });
    html = readFileSync(plot.path, "utf8");
  }, 60_000);

  test("is well-formed, names each thing once and fetches nothing", () => {
    expect(unbalancedTags(html)).toEqual([]);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, labels] of html.matchAll(/aria-labelledby="([^"]+)"/g)) {
      for (const id of labels!.split(" ")) expect(ids).toContain(id);
    }
    expect(html).not.toMatch(/<script|https?:|NaN|undefined|Infinity/);
  });

  test("counts and shows each kind that happened", () => {
    const [kindsTable] = html.match(/<tbody>.*?<\/tbody>/s)!;
    const counted = [...kindsTable.matchAll(/<th scope="row">([^<]+)<\/th><td[^>]*>[^<]*<\/td><td>(\d+)</g)];
    const [kindsSection] = html.match(/<h2>One of each kind.*?<\/section>/s)!;
    const shown = [...kindsSection.matchAll(/<h3>([^<]+)<\/h3>/g)].map(([, kind]) => kind);
    expect(shown).toEqual(counted.map(([, kind]) => kind));
    expect(shown.length).toBeGreaterThanOrEqual(12);
    expect(counted.reduce((sum, [, , count]) => sum + Number(count), 0)).toBe(plot.incidents);
  });

  test("shows near misses, a server of each profile and a cascade, and lists the servers on it", () => {
    expect(html).toContain("a near miss");
    expect(html).toContain("Repaired by an operator");
    const [spans] = html.match(/<h2>One server of each profile.*?<\/section>/s)!;
    expect(spans.match(/<figure>/g)).toHaveLength(7);
    expect(html).toContain("<h2>The largest cascade</h2>");
    for (const server of plot.servers) expect(html).toContain(server);
  });
});

test("the same options give the same bytes, and another seed other ones", async () => {
  const read = async (name: string, seed: number) =>
    readFileSync((await plotFleet(join(directory, name), { ...small, seed })).path, "utf8");
  const first = await read("first", 5);
  expect(await read("second", 5)).toBe(first);
  expect(await read("first", 6)).not.toBe(first);
  expect(readdirSync(join(directory, "first"))).toEqual(["fleet.html"]);
});

test.each([
  ["a fleet in which nothing goes wrong", { ...small, incidentRate: 0 }],
  ["a single row", { ...small, servers: 1, hours: 1, intervalMs: HOUR_MS }],
  ["rows of seconds", { ...small, servers: 1, hours: 2, intervalMs: 5000 }],
])("%s has a sheet too", async (_, options) => {
  const { path, servers } = await plotFleet(join(directory, "odd"), options);
  const html = readFileSync(path, "utf8");
  expect(unbalancedTags(html)).toEqual([]);
  expect(html).not.toMatch(/NaN|undefined|Infinity/);
  expect(html).toContain(servers[0]);
  if ("incidentRate" in options) expect(html).toContain("Nothing went wrong");
});

test("a scenario is drawn as it is simulated", async () => {
  const { path } = await plotFleet(join(directory, "story"), {
    ...small,
    servers: 20,
    scenario: "cascade",
    incidentRate: 0,
  });
  const html = readFileSync(path, "utf8");
  expect(html).toContain("<dt>Scenario</dt><dd>cascade</dd>");
  expect(html).toContain("<h2>The largest cascade</h2>");
});

test("impossible options and places are refused before anything is written", async () => {
  const place = join(directory, "refused");
  await expect(plotFleet(place, { ...small, servers: 0 })).rejects.toMatchObject({ code: "usage_invalid" });
  await expect(plotFleet(place, { ...small, hours: -1 })).rejects.toMatchObject({ code: "usage_invalid" });
  await expect(plotFleet(place, { ...small, intervalMs: 7000 })).rejects.toMatchObject({ code: "interval_mismatch" });
  expect(existsSync(place)).toBe(false);
  writeFileSync(join(directory, "file"), "");
  await expect(plotFleet(join(directory, "file"), small)).rejects.toMatchObject({ code: "path_exists" });
});
