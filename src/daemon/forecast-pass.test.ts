import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FIXTURE_MODEL } from "../../test/helpers/written-fleet.ts";
import type { ModelDirectory } from "../artifact/index.ts";
import { ForewarnError } from "../base/index.ts";
import type { Forecaster } from "../forecast/index.ts";
import type { LiveStore, Series } from "../store/index.ts";
import { createForecastBook } from "./forecast-book.ts";
import { forecastPass, type PassOptions } from "./forecast-pass.ts";

const config = JSON.parse(readFileSync(join(FIXTURE_MODEL, "config.json"), "utf8")) as ModelDirectory["config"];
const { contextSteps, horizonSteps, intervalMs, targets, breachRules, breachGroupEnds } = config.inputs;
const END_MS = intervalMs * 10_000;
const metricCount = Math.max(...config.inputs.metricColumns) + 1;

/** A series of `steps` steps up to {@link END_MS}, without its last `missing` steps. */
function seriesOf(server: string, steps: number, missing = 0): Series {
  return {
    server,
    labels: { profile: "web_api" },
    startMs: END_MS - steps * intervalMs,
    steps: steps - missing,
    values: Array.from({ length: metricCount }, () => new Float32Array(steps - missing).fill(20)),
  };
}

function storeOf(...all: Series[]): LiveStore {
  const servers = all.map(({ server }) => ({ server, labels: {}, state: null, firstMs: 0, lastMs: 0 }));
  const series = async (names: readonly string[]) => names.map((name) => all.find(({ server }) => server === name)!);
  return { servers: () => servers, series } as unknown as LiveStore;
}

/** A network that answers with `value` everywhere; batches with one of `broken` fail with `error`. */
function forecasterOf(
  value: number,
  broken: readonly string[] = [],
  error: Error = new Error("session: ended"),
): Forecaster {
  return {
    model: { modelId: "m", contractHash: "h", config } as ModelDirectory,
    async forecast(places) {
      if (places.some(({ prepared }) => broken.includes(prepared.server))) throw error;
      return places.map(() => ({
        quantiles: new Float32Array(horizonSteps * targets.length * config.architecture.quantiles.length).fill(value),
        breaches: new Float32Array(breachRules.length * breachGroupEnds.length).fill(0.25),
      }));
    },
    explain: async ({ prepared }) => ({
      forecast: { quantiles: new Float32Array(0), breaches: new Float32Array(0) },
      past: [{ variable: prepared.server, kind: "observed", subject: prepared.server, share: 1 }],
      ...{ future: [], static: [], tokenSteps: 1, attention: [] },
    }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function pass(store: LiveStore, forecaster: Forecaster | null, more: Partial<PassOptions> = {}) {
  const errors: string[] = [];
  const visited: string[] = [];
  const result = forecastPass({
    ...{ store, forecaster, batchSize: 2, boundaryMs: END_MS, issuedAtMs: END_MS + 10_000 },
    signal: new AbortController().signal,
    breathe: async () => undefined,
    isExplained: () => false,
    visit: ({ server }) => void visited.push(server),
    onBatchError: (error, servers) => void errors.push(`${error.message}: ${servers.join()}`),
    ...more,
  });
  return result.then((found) => ({ ...found, errors, visited }));
}

test("explains the forecasts that are worth it", async () => {
  const store = storeOf(seriesOf("a", 200), seriesOf("b", 200));
  const { forecasts } = await pass(store, forecasterOf(7), { isExplained: ({ server }) => server === "b" });
  expect(forecasts.map(({ variableWeights }) => variableWeights)).toEqual([undefined, [["b", 1]]]);
});

test("a forecast whose explanation fails stands without it, and the failure is told", async () => {
  const broken: Forecaster = {
    ...forecasterOf(7),
    explain: async () => {
      throw new Error("session: ended");
    },
  };
  const { forecasts, failed, errors } = await pass(storeOf(seriesOf("a", 200)), broken, { isExplained: () => true });
  expect(forecasts.map(({ record, variableWeights }) => [record.server, variableWeights])).toEqual([["a", undefined]]);
  expect(failed).toEqual([]);
  expect(errors).toEqual(["session: ended: a"]);
});

test("forecasts who can be forecast, and says what the others lack", async () => {
  const store = storeOf(seriesOf("a", 200), seriesOf("new", 10), seriesOf("old", 200, 9), seriesOf("z", contextSteps));
  const { forecasts, refused, visited } = await pass(store, forecasterOf(7));
  expect(visited).toEqual(["a", "new", "old", "z"]);
  expect(refused).toMatchObject([
    { server: "new", code: "insufficient_data", historySteps: { has: 10, needs: contextSteps } },
    { server: "old", code: "stale_input", historySteps: null },
  ]);
  expect(forecasts.map(({ record }) => record.server)).toEqual(["a", "z"]);
  const [{ record, dataMs }] = forecasts as [(typeof forecasts)[0]];
  expect(record).toMatchObject({
    forecastId: `m/a/${END_MS}`,
    originMs: END_MS,
    issuedAtMs: END_MS + 10_000,
    labels: { profile: "web_api" },
  });
  expect(record.targets.map(({ metric, scale }) => [metric, scale])).toEqual(targets.map((name) => [name, Number.NaN]));
  expect(record.breaches[0]).toMatchObject({ withinSteps: breachGroupEnds, probabilities: [0.25, 0.25, 0.25] });
  expect(dataMs).toBe(END_MS - intervalMs);
});

test.each([new ForewarnError("output_invalid", "not finite"), new Error("session: the worker has ended")])(
  "of a batch that fails (%s) nothing is used; its servers keep what they had, with its age",
  async (error) => {
    const store = storeOf(seriesOf("a", 200), seriesOf("b", 200), seriesOf("c", 200));
    const book = createForecastBook({
      history: async () => [],
      ahead: async () => ({ leadsMs: [], levels: [], points: [] }),
    });
    const tick = { issuedAtMs: 0, modelId: "m", servers: 3, durationMs: 1 };
    book.publish(await pass(store, forecasterOf(1), { issuedAtMs: 5 }), tick);
    const second = await pass(store, forecasterOf(2, ["b"], error));
    expect(second.errors).toEqual([`${error.message}: a,b`]);
    // A broken worker thread is not asked again in this pass.
    const isBroken = !(error instanceof ForewarnError);
    expect(second.failed).toEqual(isBroken ? ["a", "b", "c"] : ["a", "b"]);
    book.publish(second, tick);
    const shown = book.all().map(({ record }) => [record.server, record.issuedAtMs, record.targets[0]!.quantiles[0]]);
    expect(shown).toEqual([["a", 5, 1], ["b", 5, 1], isBroken ? ["c", 5, 1] : ["c", END_MS + 10_000, 2]]);
  },
);

test("without a model every series is visited and nothing is forecast or refused", async () => {
  const { forecasts, refused, visited } = await pass(storeOf(seriesOf("a", 200), seriesOf("b", 3)), null);
  expect([forecasts, refused, visited]).toEqual([[], [], ["a", "b"]]);
});

test("a pass that is stopped ends between two batches", async () => {
  const stop = new AbortController();
  const store = storeOf(seriesOf("a", 200), seriesOf("b", 200), seriesOf("c", 200), seriesOf("d", 200));
  const visit = ({ server }: Series) => void (server === "b" && stop.abort());
  const { forecasts } = await pass(store, forecasterOf(1), { signal: stop.signal, visit });
  expect(forecasts.map(({ record }) => record.server)).toEqual(["a", "b"]);
});
