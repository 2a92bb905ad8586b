import { expect, it } from "vitest";
import { ForewarnError } from "../../base/index.ts";
import type { QueryRange } from "../../promql/index.ts";
import type { SampleSeries } from "../client/answers.ts";
import type { PrometheusClient } from "../client/client.ts";
import { clientEvaluator } from "./range-evaluator.ts";

const STEP = 60_000;

/** A database that counts the steps of two series, and refuses more than `most` of them at once. */
function database(most: number, shiftMs = 0): { client: PrometheusClient; asked: number[] } {
  const asked: number[] = [];
  const queryRange = async (_: string, { startMs, endMs, stepMs }: QueryRange): Promise<SampleSeries[]> => {
    const count = (endMs - startMs) / stepMs + 1;
    asked.push(count);
    if (count > most) throw new ForewarnError("prometheus_failed", "too much");
    const timesMs = Float64Array.from({ length: count }, (_step, i) => startMs + i * stepMs + shiftMs);
    return ["a", "b"].map((instance, i) => ({
      labels: i === 0 ? { instance, job: "x" } : { job: "x", instance },
      timesMs,
      values: timesMs.map((timeMs) => timeMs / STEP + i / 2),
    }));
  };
  return { client: { queryRange } as unknown as PrometheusClient, asked };
}

it("asks for no more points than Prometheus gives, and less where that is too much", async () => {
  const { client, asked } = database(4000);
  const evaluate = clientEvaluator(client);
  const series = await evaluate("x", { startMs: 0, endMs: 24_999 * STEP, stepMs: STEP });
  expect(asked).toEqual([11_000, 5500, ...new Array(9).fill(2750), 250]);
  expect(series.map(({ labels }) => labels["instance"])).toEqual(["a", "b"]);
  for (const [i, { values }] of series.entries()) {
    expect(values).toEqual(Float64Array.from({ length: 25_000 }, (_, step) => step + i / 2));
  }
  await evaluate("x", { startMs: 0, endMs: 2999 * STEP, stepMs: STEP });
  expect(asked.slice(-2)).toEqual([2750, 250]);
});

it("gives up when a single step is too much", async () => {
  const { client, asked } = database(0);
  const answer = clientEvaluator(client)("x", { startMs: 0, endMs: 7 * STEP, stepMs: STEP });
  await expect(answer).rejects.toMatchObject({ code: "prometheus_failed" });
  expect(asked).toEqual([8, 4, 2, 1]);
});

it("refuses points of other times than those asked for", async () => {
  const answer = clientEvaluator(database(100, 30_000).client)("x", { startMs: 0, endMs: STEP, stepMs: STEP });
  await expect(answer).rejects.toMatchObject({ code: "prometheus_invalid" });
});
