// A small network with random weights forecasts a simulated fleet: shapes, order, padding, refusals, and no look ahead.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tinyConfig, tinyFiles } from "../../test/helpers/tiny-model.ts";
import { encodeWeights, MODEL_FILES, type ModelConfig, writeModelDirectory } from "../artifact/index.ts";
import { createRng } from "../base/index.ts";
import { fleetContract } from "../contract/index.ts";
import { makeInputSpec, type PreparedSeries, prepareSeries } from "../dataset/index.ts";
import { declareParameters, modelDimensions, neutralCalibration, startValues } from "../model/index.ts";
import { createDataSet, openDataSet } from "../store/index.ts";
import { forecastDataSet, loadModel } from "./forecast-data-set.ts";
import { openForecaster } from "./forecaster.ts";
import { chooseOrigin } from "./origin.ts";

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 5);
const root = mkdtempSync(join(tmpdir(), "forewarn-forecast-"));
const modelDirectory = join(root, "models", "m");
const dataDirectory = join(root, "data");
afterAll(() => rmSync(root, { recursive: true }));

const inputs = makeInputSpec(
  fleetContract,
  fleetContract.metrics.map(() => ({ present: true, typicalScale: 2 })),
  { contextSteps: 24, horizonSteps: 24, patchSteps: 4, historySteps: 288, serverEmbedding: false },
);
const base = tinyConfig("m");
const config: ModelConfig = {
  ...base,
  architecture: { ...base.architecture, hidden: 4, heads: 2 },
  inputs,
  calibration: neutralCalibration(inputs, 3),
};

/** Rows of a server every 5 min over [fromHour, toHour). */
function rowsSql(server: string, fromHour: number, toHour: number): string {
  const metrics = fleetContract.metrics.map(({ name, min, max }, column) => {
    const middle = max === null ? (min ?? 0) + 10 : ((min ?? 0) + max) / 2;
    return `${middle} * (1 + 0.3 * sin((i + ${column}) / 20.0)) AS ${name}`;
  });
  const labels = fleetContract.labels.map(({ name, values }) => `'${values[0]}' AS ${name}`);
  const texts = [...(fleetContract.state === null ? [] : [fleetContract.state.name]), ...fleetContract.texts];
  return `SELECT (epoch_ms(${START_MS}::BIGINT + i * 300000))::TIMESTAMP_MS AS "timestamp", '${server}' AS server,
    ${[...labels, ...texts.map((name) => `NULL::VARCHAR AS ${name}`), ...metrics].join(", ")}
    FROM range(${fromHour * 12}, ${toHour * 12}) AS steps(i)`;
}

beforeAll(async () => {
  const declarations = declareParameters(config.architecture, modelDimensions(inputs));
  const weights = startValues(declarations, createRng(3));
  const shaped = declarations.map(({ name, shape }) => [name, { shape, data: weights.get(name)! }] as const);
  await writeModelDirectory(join(root, "models"), "m", {
    ...tinyFiles("m"),
    [MODEL_FILES.config]: JSON.stringify(config),
    [MODEL_FILES.weights]: encodeWeights(new Map(shaped), config),
  });
  await createDataSet(
    dataDirectory,
    fleetContract,
    300_000,
    { tool: "import", forewarnVersion: "0" },
    async (to, db) => {
      const parts = [rowsSql("a", 0, 6), rowsSql("b", 0, 6), rowsSql("new", 5, 6), rowsSql("old", 0, 5)];
      await db.run(`COPY (${parts.join(" UNION ALL ")}) TO '${join(to, "part-0000.parquet")}' (FORMAT parquet)`);
    },
  );
});

const forecast = (options: Partial<Parameters<typeof forecastDataSet>[0]> = {}) =>
  forecastDataSet({ modelDirectory, dataDirectory, threads: 1, ...options });

describe("forecastDataSet", () => {
  test("forecasts the servers that it can and says why not the others", async () => {
    const fleet = await forecast();
    expect(fleet.forecasts.map(({ server }) => server)).toEqual(["a", "b"]);
    expect(fleet.refused).toMatchObject([
      { server: "new", code: "insufficient_data" },
      { server: "old", code: "stale_input" },
    ]);
    expect(fleet.issuedAt).toBe("2026-01-05T06:00:00.000Z");
    const [first] = fleet.forecasts;
    expect(first).toMatchObject({ contextStart: "2026-01-05T04:00:00.000Z", contextEnd: fleet.issuedAt });
    expect(first!.timestamps).toHaveLength(24);
    expect(first!.timestamps[0]).toBe(fleet.issuedAt);
    expect(first!.targets.map(({ metric }) => metric)).toEqual(inputs.targets);
    for (const { quantiles, history } of first!.targets) {
      expect(history).toHaveLength(72);
      for (const step of quantiles) expect(step).toEqual([...step].sort((x, y) => x - y));
    }
    for (const { within } of first!.breaches) {
      const probabilities = Object.values(within);
      expect(Object.keys(within)).toEqual(["30m", "1h", "2h"]);
      expect(probabilities).toEqual([...probabilities].sort((x, y) => x - y));
    }
  });

  test("a server's forecast does not depend on the others, nor on rows after --at", async () => {
    const atMs = START_MS + 5 * HOUR_MS;
    const fleet = await forecast({ atMs });
    expect(fleet.issuedAt).toBe("2026-01-05T05:00:00.000Z");
    const old = fleet.forecasts.find(({ server }) => server === "old")!;
    const a = fleet.forecasts.find(({ server }) => server === "a")!;
    expect({ ...old, server: "a" }).toEqual(a); // the same rows up to then; only "a" goes on
    const [alone] = (await forecast({ atMs, servers: ["a"], horizonMs: HOUR_MS })).forecasts;
    expect(alone!.timestamps).toEqual(a.timestamps.slice(0, 12));
    expect(Object.keys(alone!.breaches[0]!.within)).toEqual(["30m", "1h"]);
    for (const [step, values] of alone!.targets[0]!.quantiles.entries()) {
      for (const [level, value] of values.entries())
        expect(value).toBeCloseTo(a.targets[0]!.quantiles[step]![level]!, 3);
    }
  });

  test.each([
    ["stale_input", { servers: ["old"] }],
    ["insufficient_data", { servers: ["new"] }],
    ["stale_input", { atMs: START_MS + 7 * HOUR_MS }],
    ["insufficient_data", { atMs: START_MS }],
    ["server_unknown", { servers: ["a", "nobody"] }],
    ["usage_invalid", { horizonMs: 3 * HOUR_MS }],
    ["usage_invalid", { horizonMs: 100_000 }],
    ["path_missing", { modelDirectory: join(root, "nowhere") }],
  ])("%s for %j", async (code, options) => {
    await expect(forecast(options)).rejects.toMatchObject({ code });
  });
});

test("a gap in the middle of a series is stale, three missing steps are not", () => {
  const steps = 100;
  const observedBefore = Uint32Array.from({ length: steps + 1 }, (_, i) => Math.min(i, 60) + Math.max(0, i - 80));
  const series = { server: "s", startMs: START_MS, steps, observedBefore } as PreparedSeries;
  expect(chooseOrigin(inputs, series, START_MS + 63 * 300_000)).toBe(59);
  expect(() => chooseOrigin(inputs, series, START_MS + 64 * 300_000)).toThrow(/20m/);
});

test("an explanation names every variable once, its shares sum to 1, and its forecast is the one that was made", async () => {
  const dataSet = await openDataSet(dataDirectory);
  const all = await dataSet.readSeries();
  dataSet.close();
  const [first] = all.map((series) => prepareSeries(inputs, series)).filter(({ steps }) => steps > 30);
  await using forecaster = await openForecaster(await loadModel(modelDirectory), { batchSize: 2, threads: 1 });
  const place = { prepared: first!, origin: first!.steps - 2 };
  const [, forecast] = await forecaster.forecast([{ ...place, origin: first!.steps - 1 }, place]);
  const explanation = await forecaster.explain(place);
  const lists = [
    [explanation.past, [...inputs.past, ...inputs.known]],
    [explanation.future, inputs.known],
    [explanation.static, inputs.static],
  ] as const;
  for (const [weighed, variables] of lists) {
    expect(weighed.map(({ variable }) => variable).sort()).toEqual(variables.map(({ name }) => name).sort());
    const shares = weighed.map(({ share }) => share);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  }
  expect(explanation.attention.map(({ withinSteps }) => withinSteps)).toEqual(inputs.breachGroupEnds);
  for (const { past, future } of explanation.attention) {
    expect(past).toHaveLength(inputs.contextSteps / explanation.tokenSteps);
    expect(past.reduce((sum, share) => sum + share, future)).toBeCloseTo(1, 5);
  }
  for (const name of ["quantiles", "breaches"] as const) {
    const largest = Math.max(...forecast![name].map((value, at) => Math.abs(value - explanation.forecast[name][at]!)));
    expect(largest).toBeLessThan(1e-3);
  }
  expect(await forecaster.explain(place)).toEqual(explanation);
});
