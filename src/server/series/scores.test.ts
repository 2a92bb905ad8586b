import { expect, test } from "vitest";
import { INTERVAL } from "../../../test/support/alerts.ts";
import { fakeServices, NOW_MS, servedForecast } from "../../../test/support/fake-services.ts";
import { instantQuery } from "../../promql/index.ts";
import { scoreSamples } from "./scores.ts";
import { openSeriesSource } from "./source.ts";

test("scores of the last days are series; what is not defined, or has no tick, is none", async () => {
  const services = fakeServices();
  const { scoreboard } = services;
  const source = openSeriesSource(services);
  const query = async (text: string) => (await instantQuery(text, source, NOW_MS)).result;
  const samples = () => scoreSamples(services.contract, scoreboard, NOW_MS);
  expect(samples()).toEqual([]);
  expect(await query("forewarn_score_coverage")).toEqual([]);

  scoreboard.add(servedForecast("a", 0.8).record); // 40, 50.1 and 60.2 at every step
  for (const [at, value] of [50, 70].entries()) {
    scoreboard.observe({ server: "a", metric: "cpu_pct", timeMs: NOW_MS + at * INTERVAL, value });
  }
  const labels = { metric: "cpu_pct", window: "7d" };
  // By hand: (0.1 * 10 + 0.5 * 0.1 + 0.1 * 10.2 + 0.1 * 30 + 0.5 * 19.9 + 0.9 * 9.8) / 6
  const pinball = 23.84 / 6;
  expect(samples()).toEqual([
    { labels: { __name__: "forewarn_score_coverage", ...labels }, timestampMs: NOW_MS, value: 0.5 },
    {
      labels: { __name__: "forewarn_score_pinball", ...labels },
      timestampMs: NOW_MS,
      value: expect.closeTo(pinball, 5),
    },
    {
      labels: { __name__: "forewarn_score_weighted_quantile_loss", ...labels },
      timestampMs: NOW_MS,
      value: expect.closeTo((2 * pinball) / 60, 5),
    },
  ]);
  expect(await query('forewarn_score_coverage{metric="cpu_pct"}')).toMatchObject([
    { metric: { __name__: "forewarn_score_coverage", ...labels }, value: [NOW_MS / 1000, "0.5"] },
  ]);
  expect(await query('{__name__=~"forewarn_score_.*",metric="mem_pct"}')).toEqual([]);
  services.forecasts.lastTick = () => null;
  expect(await query("forewarn_score_coverage")).toEqual([]);
});
