import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sampleReport } from "../../../test/helpers/sample-report.ts";
import { type FakeServices, fakeServices } from "../../../test/support/fake-services.ts";
import { createApp } from "../index.ts";

let services: FakeServices;
let app: FastifyInstance;
beforeEach(async () => {
  services = fakeServices();
  services.backtest = JSON.parse(JSON.stringify(sampleReport()));
  app = await createApp(services, { validateResponses: true });
});
afterEach(() => app.close());

test("a model with a backtest has its report as a page that can run nothing", async () => {
  expect((await app.inject("/api/v1/models/tft_1")).json()).toMatchObject({ hasReport: true });
  const response = await app.inject("/api/v1/models/tft_1/report");
  expect(response.statusCode, response.body).toBe(200);
  expect(response.headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(response.body).toMatch(/<h1>Backtest of /);
  expect(response.body).not.toMatch(/<script| style="/);
  const style = /<style>([\s\S]*?)<\/style>/.exec(response.body)![1]!;
  const hash = createHash("sha256").update(style).digest("base64");
  expect(response.headers["content-security-policy"]).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox`,
  );
  // The page shows it as text in a frame when it needs a key; its own policy lets no other style through.
  const page = await app.inject("/api/v1/models/tft_1");
  expect(page.headers["content-security-policy"]).toContain(`style-src 'self' 'sha256-${hash}'`);
});

test("a model without one has none; names in a report are text", async () => {
  const hostile = sampleReport();
  hostile.folds[0]!.modelId = "<img src=x onerror=alert(1)>";
  services.backtest = JSON.parse(JSON.stringify(hostile));
  expect((await app.inject("/api/v1/models/tft_1/report")).body).not.toContain("<img");
  services.backtest = null;
  expect((await app.inject("/api/v1/models/tft_1")).json()).toMatchObject({ hasReport: false });
  expect((await app.inject("/api/v1/models/tft_1/report")).json()).toMatchObject({ status: 404, code: "not_found" });
});
