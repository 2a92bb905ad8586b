import { afterAll, expect, test } from "vitest";
import { FIXTURE_MODEL } from "../../test/helpers/written-fleet.ts";
import { prepareSeries } from "../dataset/index.ts";
import { type Forecaster, loadModel, openForecaster } from "../forecast/index.ts";
import type { ServedForecast } from "../server/index.ts";
import type { LiveStore, Series } from "../store/index.ts";
import { createExplainer } from "./explainer.ts";
import { forecastRecord } from "./forecast-record.ts";
import type { ModelLease } from "./model-slot.ts";

const model = await loadModel(FIXTURE_MODEL);
const { inputs } = model.config;
const STEPS = inputs.contextSteps + 40;
const START_MS = inputs.intervalMs * 10_000;
const forecaster = await openForecaster(model, { batchSize: 4, threads: 1 });
afterAll(() => forecaster[Symbol.asyncDispose]());

function seriesOf(server: string, steps = STEPS): Series {
  const values = model.contract.metrics.map((_, metric) =>
    Float32Array.from({ length: steps }, (_, step) => 40 + 10 * Math.sin(step / (5 + metric) + server.length)),
  );
  return { server, labels: {}, startMs: START_MS, steps, values };
}

async function servedForecast(server: string, of: Forecaster = forecaster): Promise<ServedForecast> {
  const series = seriesOf(server);
  const window = { series, prepared: prepareSeries(inputs, series), origin: STEPS - 1 };
  const [raw] = await forecaster.forecast([window]);
  return { record: forecastRecord(of.model, window, raw!, 0), dataMs: 0 };
}

/** Windows go on growing after a forecast; `change` makes rows come late. */
function storeOf(change: (series: Series) => void = () => undefined): Pick<LiveStore, "series"> {
  return {
    async series(names = [], _, toMs = 0) {
      return names.map((name) => {
        const series = seriesOf(name, STEPS + 5);
        change(series);
        const steps = (toMs - START_MS) / inputs.intervalMs;
        return { ...series, steps, values: series.values.map((column) => column.slice(0, steps)) };
      });
    },
  };
}

function modelsOf(lent: Forecaster | null, log: string[] = []) {
  const lease =
    lent && ({ model: lent.model, forecaster: lent, release: async () => void log.push("release") } as ModelLease);
  return { lease: () => lease };
}

test("explains the very forecast that is served, once, and says when rows of its window came late", async () => {
  let runs = 0;
  const counting: Forecaster = {
    ...forecaster,
    explain: (place) => {
      runs++;
      return forecaster.explain(place);
    },
  };
  const released: string[] = [];
  const explain = createExplainer({ store: storeOf(), models: modelsOf(counting, released) });
  const served = await servedForecast("web");
  const explanation = await explain(served);
  expect(explanation.isExact).toBe(true);
  for (const variables of [explanation.past, explanation.future, explanation.static])
    expect(variables.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 5);
  expect(await explain(served)).toBe(explanation);
  expect([runs, released]).toEqual([1, ["release"]]);
  const late = createExplainer({
    store: storeOf(({ values }) => values[0]!.fill(90, STEPS - 6)),
    models: modelsOf(forecaster),
  });
  expect((await late(served)).isExact).toBe(false);
});

test("one at a time, few may wait, and a failure is not kept", async () => {
  let running = 0;
  let most = 0;
  let fails = true;
  const slow: Forecaster = {
    ...forecaster,
    async explain(place) {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running--;
      if (fails) throw new Error("session: the worker has ended");
      return forecaster.explain(place);
    },
  };
  const explain = createExplainer({ store: storeOf(), models: modelsOf(slow) });
  const all: ServedForecast[] = [];
  for (let at = 1; at <= 10; at++) all.push(await servedForecast("x".repeat(at)));
  const answers = await Promise.allSettled(all.map((served) => explain(served)));
  const reasons = answers.map((answer) => (answer.status === "rejected" ? (answer.reason as Error).message : "told"));
  expect(reasons.filter((reason) => reason.includes("at most 8"))).toHaveLength(2);
  expect(reasons.filter((reason) => reason.includes("worker"))).toHaveLength(8);
  expect(most).toBe(1);
  fails = false;
  expect((await explain(all[0]!)).isExact).toBe(true);
});

test.each([
  ["another model serves", { ...forecaster, model: { ...model, modelId: "other" } }],
  ["there is none", null],
])("is refused when %s by now", async (_, lent) => {
  const explain = createExplainer({ store: storeOf(), models: modelsOf(lent) });
  await expect(explain(await servedForecast("web"))).rejects.toMatchObject({ code: "model_unavailable" });
});
