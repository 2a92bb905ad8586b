import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeServices, fakeServices, NOW_MS, servedForecast } from "../../../test/support/fake-services.ts";
import { memoryReceiver } from "../../../test/support/memory-receiver.ts";
import { openDuckDb, queryRows } from "../../store/index.ts";
import { RPC_CODES } from "../../wire/index.ts";
import { createApp } from "../index.ts";
import { forecastSchema, pageOf } from "../schemas.ts";

let services: FakeServices;
let app: FastifyInstance;
beforeEach(async () => {
  services = fakeServices();
  app = await createApp(services, { validateResponses: true });
});
afterEach(() => app.close());

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ method: "GET", url, headers });
const post = (url: string, payload?: object) => app.inject({ method: "POST", url, ...(payload && { payload }) });
const read = async (url: string) => {
  const response = await get(url);
  expect(response.statusCode, response.body).toBe(200);
  return response.json();
};

const READS = [
  ...["/api/v1/fleet", "/api/v1/status", "/api/v1/servers", "/api/v1/servers/a", "/api/v1/servers/c"],
  ...["/api/v1/servers/a/history", "/api/v1/servers/a/forecast", "/api/v1/servers/a/forecasts"],
  ...["/api/v1/servers/a/explanation", "/api/v1/servers/a/ahead?lead=30m", "/api/v1/servers/a/events"],
  ...["/api/v1/forecasts", "/api/v1/forecasts?format=rows", "/api/v1/breaches", "/api/v1/alerts"],
  ...["/api/v1/alerts/closed", "/api/v1/quiet-times", "/api/v1/scoreboard", "/api/v1/models", "/api/v1/models/tft_1"],
  ...["/api/v1/contract", "/openapi.json"],
];

test.each(READS)("GET %s answers as its schema says, with the headers of every answer", async (url) => {
  const response = await get(url);
  expect(response.statusCode, response.body).toBe(200);
  expect(response.headers).toMatchObject({
    "content-type": expect.stringContaining("application/json"),
    "content-security-policy": expect.stringContaining("default-src 'self'"),
    "x-content-type-options": "nosniff",
    "x-request-id": expect.any(String),
  });
  expect(response.body).not.toContain("/secret/");
});

describe("forecasts", () => {
  test("carry who made them, when, and from how old data", async () => {
    services.clock.nowMs += 60_000;
    const page = await read("/api/v1/forecasts");
    pageOf(forecastSchema).parse(page);
    expect(page.items[0]).toMatchObject({
      ...{ server: "a", forecastId: `tft_1/a/${NOW_MS}`, modelId: "tft_1", contractHash: services.contractHash },
      ...{ issuedAt: new Date(NOW_MS).toISOString(), dataAgeMs: 360_000, intervalMs: 300_000 },
    });
    expect(page.items[0].targets[0].quantiles["0.9"].slice(0, 2)).toEqual([60.2, 60.2]);
    expect(page.items[0].targets[0].quantiles["0.1"]).toHaveLength(96);
    expect(page.refused).toEqual(services.refusals);
    expect(forecastSchema.parse(await read("/api/v1/servers/a/forecast"))).toEqual(page.items[0]);
  });

  test("come in pages, by metric, level, server and label", async () => {
    const first = await read("/api/v1/forecasts?limit=1&metrics=mem_pct&levels=0.5");
    expect(first.items.map((item: { server: string }) => item.server)).toEqual(["a"]);
    expect(Object.keys(first.items[0].targets[0].quantiles)).toEqual(["0.5"]);
    expect(first.items[0].targets).toHaveLength(1);
    const second = await read(`/api/v1/forecasts?limit=1&cursor=${first.nextCursor}`);
    expect([second.items[0].server, second.nextCursor, second.refused]).toEqual(["b", null, []]);
    expect((await read("/api/v1/forecasts?labels=profile:web_api")).items).toHaveLength(1);
    expect((await read("/api/v1/forecasts?servers=b,zz")).items).toHaveLength(1);
    expect((await get("/api/v1/servers?cursor=e30")).statusCode).toBe(400);
    expect((await get(`/api/v1/servers?cursor=${first.nextCursor}&sort=-risk`)).statusCode).toBe(400);
  });

  test("come as rows, CSV and Parquet with the same numbers", async () => {
    services.served.set("=evil,1", servedForecast("=evil,1", 0.2));
    const rows = await read("/api/v1/forecasts?format=rows");
    expect(rows).toHaveLength(3 * 3 * 96);
    const evil = rows[0];
    expect(evil).toMatchObject({ server: "=evil,1", metric: "cpu_pct", time: NOW_MS, "q0.1": 40, "q0.5": 50.1 });
    expect(evil).toMatchObject({ modelId: "tft_1", issuedAt: NOW_MS, dataAgeMs: 300_000 });
    const csv = (await get("/api/v1/forecasts?format=csv")).body.split("\r\n");
    expect(csv[0]).toBe(Object.keys(evil).join(","));
    expect(csv[1]).toContain(`,"'=evil,1",cpu_pct,`);
    expect(csv).toHaveLength(rows.length + 2);
    const parquet = await get("/api/v1/forecasts?format=parquet&levels=0.5");
    expect(parquet.headers["content-type"]).toBe("application/vnd.apache.parquet");
    const file = `${services.directory}/answer.parquet`;
    writeFileSync(file, parquet.rawPayload);
    const db = await openDuckDb();
    const sql = `SELECT count(*)::INTEGER AS rows, sum("q0.5") AS total, any_value("modelId") AS model FROM '${file}'`;
    const total = rows.reduce((sum: number, row: Record<string, number>) => sum + row["q0.5"]!, 0);
    expect(await queryRows(db, sql)).toEqual([{ rows: rows.length, total: expect.closeTo(total, 6), model: "tft_1" }]);
    db.closeSync();
  });

  test("breaches come by probability", async () => {
    const { items } = await read("/api/v1/breaches?min=0.5&rule=cpu_high");
    expect(items).toMatchObject([{ server: "a", modelId: "tft_1", breach: { rule: "cpu_high" } }]);
    const all = (await read("/api/v1/breaches")).items.map((item: { server: string }) => item.server);
    expect(all).toEqual(["a", "a", "a", "b", "b", "b"]);
  });

  test("a server without one says why", async () => {
    expect((await get("/api/v1/servers/c/forecast")).json()).toMatchObject({ status: 409, code: "insufficient_data" });
    expect((await get("/api/v1/servers/zz/forecast")).json()).toMatchObject({ status: 404, code: "server_unknown" });
    expect(await read("/api/v1/servers/c")).toMatchObject({ refused: { historySteps: { has: 1, needs: 288 } } });
  });
});

/** Names of fields that only a model may fill. */
const FORBIDDEN =
  /^(forecasts?|prediction|atRisk|tick|risk|probabilit(y|ies)|quantiles|breaches|breach|timeToBreach|q0\..*|forecastId|issuedAt|originAt|dataAgeMs)$/;

function keysOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => [...(Array.isArray(value) ? [] : [name]), ...keysOf(item)]);
}

describe("without a model", () => {
  test("no answer has a field that looks like a forecast", async () => {
    const withModel: string[] = [];
    for (const url of READS.slice(0, -1)) withModel.push(...keysOf((await get(url)).json()));
    expect(withModel.filter((name) => FORBIDDEN.test(name)).length).toBeGreaterThan(20);
    services.model = null;
    for (const url of READS.slice(0, -1)) {
      const response = await get(url);
      expect([200, 503], url).toContain(response.statusCode);
      expect(
        keysOf(response.json()).filter((name) => FORBIDDEN.test(name)),
        url,
      ).toEqual([]);
    }
  });

  test.each([
    ...["/api/v1/forecasts", "/api/v1/forecasts?format=csv", "/api/v1/forecasts?format=parquet", "/api/v1/breaches"],
    ...["/api/v1/servers/a/forecast", "/api/v1/servers/a/forecasts"],
  ])("%s is 503 model_unavailable", async (url) => {
    services.model = null;
    const response = await get(url);
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: "model_unavailable", detail: expect.stringContaining("directory") });
  });
});

describe("servers", () => {
  test("can be filtered, sorted and paged", async () => {
    const names = async (query: string) =>
      (await read(`/api/v1/servers?${query}`)).items.map((item: { server: string }) => item.server);
    expect(await names("sort=-server")).toEqual(["c", "b", "a"]);
    expect(await names("sort=-risk")).toEqual(["a", "b", "c"]);
    expect(await names("sort=risk&limit=2")).toEqual(["c", "b"]);
    expect(await names("labels=profile:database")).toEqual(["a"]);
    expect(await names("state=idle")).toEqual([]);
    expect(await names("search=b")).toEqual(["b"]);
    const seen: string[] = [];
    for (let cursor = ""; seen.length < 3; ) {
      const page = await read(`/api/v1/servers?limit=1&sort=-lastSeen${cursor && `&cursor=${cursor}`}`);
      seen.push(page.items[0].server);
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(["a", "b", "c"]);
  });

  test("have a history on the grid, where missing is null", async () => {
    const from = new Date(NOW_MS - 900_000).toISOString();
    const history = await read(`/api/v1/servers/a/history?from=${from}&to=${NOW_MS / 1000}&metrics=cpu_pct,mem_pct`);
    expect(history).toEqual({
      ...{ server: "a", startAt: from, intervalMs: 300_000, steps: 3 },
      metrics: { cpu_pct: [null, null, 50], mem_pct: [null, null, null] },
    });
  });

  test("a name with every kind of character is found", async () => {
    const server = 'a/b ?&#%"<script>é';
    services.stored.push({ server, timestampMs: NOW_MS, metrics: {} });
    expect((await read(`/api/v1/servers/${encodeURIComponent(server)}`)).server).toBe(server);
  });
});

describe("alerts", () => {
  test("show the prediction behind them and can be acknowledged once they stand", async () => {
    const { items } = await read("/api/v1/alerts");
    expect(items).toMatchObject([
      { server: "a", rule: "cpu_soon", phase: "predicted", prediction: { modelId: "tft_1", probability: 0.8 } },
    ]);
    const answer = await post("/api/v1/alerts/acknowledge", { rule: "cpu_soon", server: "a", note: "on it" });
    expect(answer.json()).toEqual({ author: "local", at: new Date(NOW_MS).toISOString(), note: "on it" });
    expect(services.calls).toEqual(["save"]);
    expect((await read("/api/v1/alerts")).items[0].acknowledgement.note).toBe("on it");
    const unknown = await post("/api/v1/alerts/acknowledge", { rule: "cpu_soon", server: "b" });
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, "not_found"]);
  });

  test("quiet times are made and ended", async () => {
    const body = { kind: "silence", matchers: [{ name: "server", value: "a*" }], comment: "deploy" };
    const made = await post("/api/v1/quiet-times", { ...body, until: NOW_MS / 1000 + 3600 });
    expect(made.statusCode, made.body).toBe(201);
    expect(made.json()).toMatchObject({ author: "local", isActive: true, matchers: [{ isEqual: true }] });
    services.clock.nowMs += 60_000;
    const ended = await app.inject({ method: "DELETE", url: `/api/v1/quiet-times/${made.json().id}` });
    expect(ended.json()).toMatchObject({ isActive: false, until: new Date(NOW_MS + 60_000).toISOString() });
    expect((await read("/api/v1/quiet-times")).items).toHaveLength(1);
    expect((await app.inject({ method: "DELETE", url: "/api/v1/quiet-times/x" })).statusCode).toBe(404);
    for (const bad of [
      { until: 1 },
      { until: "soon" },
      { until: NOW_MS },
      { matchers: [], until: NOW_MS / 1000 + 9 },
    ]) {
      expect((await post("/api/v1/quiet-times", { ...body, ...bad })).json().code).toBe("request_invalid");
    }
  });
});

describe("models", () => {
  test("are activated and rolled back, and a bad one is refused with its reason", async () => {
    expect((await post("/api/v1/models/tft_0/activate")).json()).toMatchObject({ modelId: "tft_0", state: "serving" });
    expect((await post("/api/v1/models/rollback")).statusCode).toBe(200);
    expect(services.calls).toEqual(["activate tft_0", "rollback"]);
    expect((await post("/api/v1/models/tft_bad/activate")).json()).toMatchObject({
      status: 409,
      code: "model_invalid",
    });
    expect((await post("/api/v1/models/tft_9/activate")).statusCode).toBe(404);
    expect((await post("/api/v1/models/..%2f..%2fetc/activate")).statusCode).toBe(400);
  });

  test("what changes seldom has an ETag", async () => {
    const first = await get("/api/v1/models");
    const again = await get("/api/v1/models", { "if-none-match": `W/"x", ${first.headers["etag"]}` });
    expect([again.statusCode, again.body]).toEqual([304, ""]);
    expect((await get("/api/v1/fleet")).headers["cache-control"]).toBe("no-store");
  });

  test("changes are in the audit log before and after, with who and what", async () => {
    await post("/api/v1/models/tft_0/activate");
    const lines = readFileSync(services.auditFile, "utf8").trim().split("\n");
    const action = "POST /api/v1/models/:id/activate";
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { actor: "local", action, target: { id: "tft_0" }, status: null, time: new Date(NOW_MS).toISOString() },
      { actor: "local", action, target: { id: "tft_0" }, status: 200 },
    ]);
  });
});

describe("operations", () => {
  test("ready follows the daemon, healthy does not, and neither says more", async () => {
    services.daemon = { ...services.daemon, ready: false, reasons: ["secret"] };
    for (const url of ["/-/ready", "/readyz"])
      expect(await get(url)).toMatchObject({ statusCode: 503, body: "not ready\n" });
    for (const url of ["/-/healthy", "/livez"])
      expect(await get(url)).toMatchObject({ statusCode: 200, body: "alive\n" });
    expect((await app.inject({ method: "HEAD", url: "/-/healthy" })).statusCode).toBe(200);
  });

  test("backup reaches the daemon", async () => {
    expect((await post("/-/backup")).json()).toEqual({ backup: "2026-01-05T00-00-00Z" });
    expect(services.calls).toEqual(["backup"]);
  });

  test("reload reaches the daemon", async () => {
    expect((await post("/-/reload")).json()).toEqual({ reloaded: true });
    expect((await app.inject({ method: "PUT", url: "/-/reload" })).statusCode).toBe(200);
    expect(services.calls).toEqual(["reload", "reload"]);
  });

  test("metrics are exposition text with the requests so far", async () => {
    await get("/api/v1/fleet");
    const { body, headers } = await get("/metrics");
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(body).toContain('forewarn_http_requests_total{route="/api/v1/fleet",method="GET",status="200"} 1\n');
    expect(body).toContain('forewarn_http_request_seconds_bucket{route="/api/v1/fleet",le="+Inf"} 1\n');
  });

  test("every code is explained under its type", async () => {
    const { type } = (await get("/nowhere")).json();
    expect((await get(type)).body).toBe("Not found\n\nMeaning: no such route or resource\nDo: see `/docs`\n");
    expect((await get("/problems/internal_error")).statusCode).toBe(200);
    expect((await get("/problems/nothing")).statusCode).toBe(404);
  });

  test("the documentation page needs no network", async () => {
    const page = await get("/docs/");
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    expect((await get("/docs/static/swagger-ui.css")).statusCode).toBe(200);
  });
});

describe("problems", () => {
  test.each([
    ["GET", "/api/v1/servers?limit=0", "request_invalid", 400],
    ["GET", "/api/v1/servers?limit=1001", "request_invalid", 400],
    ["GET", "/api/v1/servers?unknown=1", "request_invalid", 400],
    ["GET", "/api/v1/servers/a/history?from=yesterday", "request_invalid", 400],
    ["GET", "/api/v1/scoreboard?lead=7s", "request_invalid", 400],
    ["GET", "/api/v1/scoreboard?lead=x", "request_invalid", 400],
    ["GET", "/api/v1/forecasts?format=xml", "request_invalid", 400],
    ["GET", "/api/v1/%zz", "request_invalid", 400],
    ["GET", "/api/v1", "not_found", 404],
    ["GET", "/api/v1/fleet/", "not_found", 404],
    ["GET", "/API/V1/FLEET", "not_found", 404],
    ["GET", "//api/v1/fleet", "not_found", 404],
    ["DELETE", "/api/v1/fleet", "not_found", 404],
    ["OPTIONS", "/api/v1/fleet", "not_found", 404],
    ["POST", "/api/v1/quiet-times", "request_invalid", 400],
  ])("%s %s is %s", async (method, url, code, status) => {
    const response = await app.inject({ method: method as "GET", url, headers: { "x-request-id": "mine-1" } });
    expect(response.statusCode, response.body).toBe(status);
    expect(response.headers["content-type"]).toContain("application/problem+json");
    expect(response.headers["content-security-policy"]).toContain("default-src 'self'");
    expect(response.json()).toMatchObject({ code, status, requestId: "mine-1", type: `/problems/${code}` });
  });

  test.each([
    ["{", 400, "body_unreadable"],
    ['{"__proto__":{"x":1}}', 400, "body_unreadable"],
    ['{"rule":"r","server":"s","more":1}', 400, "request_invalid"],
    [`${"[".repeat(30_000)}${"]".repeat(30_000)}`, 400, "json_too_complex"],
    [`{${Array.from({ length: 10_001 }, (_, i) => `"${i.toString(36)}":0`).join(",")}}`, 413, "body_too_large"],
    ['{"rule":"r","server":"s","rule":"t"}', 400, "body_unreadable"],
    [Buffer.from([0x22, 0xff, 0x22]), 400, "body_unreadable"],
    [`"${"x".repeat(70_000)}"`, 413, "body_too_large"],
  ])("a body like %.20s is refused", async (payload, status, code) => {
    const headers = { "content-type": "application/json" };
    const response = await app.inject({ method: "POST", url: "/api/v1/alerts/acknowledge", payload, headers });
    expect(response.json()).toMatchObject({ status, code });
  });
});

test("every route that takes JSON refuses what is nested too deeply, before it is built", async () => {
  const { paths } = (await read("/openapi.json")) as {
    paths: Record<string, Record<string, { requestBody?: { content: object } }>>;
  };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { requestBody }]) => "application/json" in (requestBody?.content ?? {}))
      .map(([method]) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, "x")] as const),
  );
  expect(routes.length).toBeGreaterThanOrEqual(5);
  services.receiver = memoryReceiver(NOW_MS);
  const headers = { "content-type": "application/json" };
  for (const text of ["[".repeat(60_000), `${'{"a":'.repeat(8000)}0${"}".repeat(8000)}`]) {
    for (const [method, url] of routes) {
      const response = await app.inject({ method: method as "POST", url, payload: text, headers });
      // Rows are flat: one that is not is refused by itself, and a list that never ends as a whole. OTLP has codes of its own.
      const rows = url === "/api/v1/rows" ? ["body_unreadable", "rows_rejected"] : ["json_too_complex"];
      const codes = url.endsWith("/v1/metrics") ? [RPC_CODES.invalidArgument] : rows;
      expect([response.statusCode, codes], `${method} ${url}`).toEqual([
        400,
        expect.arrayContaining([response.json().code]),
      ]);
    }
  }
});

test("the committed OpenAPI document is that of the routes", async () => {
  const document = `${JSON.stringify(await read("/openapi.json"), null, 2)}\n`;
  const file = new URL("../../../docs/openapi.json", import.meta.url);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, document);
  expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(document);
  expect(JSON.parse(document).openapi).toBe("3.1.0");
});
