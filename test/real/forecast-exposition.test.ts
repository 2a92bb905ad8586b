// What /metrics/forecasts serves passes Prometheus' own linter.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { createApp } from "../../src/server/index.ts";
import { fakeServices } from "../support/fake-services.ts";

const isThere = spawnSync("promtool", ["--version"]).status === 0;
if (!isThere) console.log("skipped: no promtool (install prometheus)");

test.skipIf(!isThere)("promtool check metrics finds no fault in the forecasts", async () => {
  const app = await createApp(fakeServices());
  const { body } = await app.inject("/metrics/forecasts");
  await app.close();
  expect(body).toContain("forewarn_forecast_ahead{");
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: body, encoding: "utf8" });
  expect([status, stdout, stderr]).toEqual([0, "", ""]);
});
