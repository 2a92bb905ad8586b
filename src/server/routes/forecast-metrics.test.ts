import { expect, test } from "vitest";
import { fakeServices, servedForecast } from "../../../test/support/fake-services.ts";
import { createApp } from "../index.ts";

test("forecasts are gauges of three quantiles at five horizons, and probabilities; none without a model", async () => {
  const services = fakeServices();
  for (let at = 0; at < 60; at++) services.served.set(`s${at}`, servedForecast(`s${at}`, 0.25));
  services.served.set('"\\\n', servedForecast('"\\\n', 0.25));
  const app = await createApp(services);
  const { body, headers } = await app.inject("/metrics/forecasts");
  expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  const lines = body.split("\n");
  const servers = 63;
  expect(lines.filter((line) => line.startsWith("forewarn_forecast_ahead{"))).toHaveLength(servers * 3 * 3 * 5);
  expect(lines.filter((line) => line.startsWith("forewarn_breach_probability{"))).toHaveLength(servers * 3 * 5);
  expect(lines.filter((line) => line.startsWith("#"))).toHaveLength(4);
  const head = 'profile="database",server="a"';
  expect(lines).toContain(
    `forewarn_forecast_ahead{${head},metric="cpu_pct",quantile="0.9",horizon_seconds="3600"} 60.2`,
  );
  expect(lines).toContain(
    `forewarn_breach_probability{${head},rule="mem_high",metric="mem_pct",threshold="90",horizon_seconds="1800"} 0.8`,
  );
  expect(lines.some((line) => line.includes('server="\\"\\\\\\n"'))).toBe(true);
  const one = (await app.inject("/metrics/forecasts?servers=a")).body.split("\n");
  expect(one).toHaveLength(4 + 45 + 15 + 1);
  services.model = null;
  expect((await app.inject("/metrics/forecasts")).body).toBe("");
  await app.close();
});
