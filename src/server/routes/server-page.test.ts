// What a server's page reads beside its forecast: explanation, record, events, CSV.
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeServices, fakeServices, NOW_MS, servedForecast } from "../../../test/support/fake-services.ts";
import { ForewarnError } from "../../base/index.ts";
import { createApp } from "../index.ts";
import { attachment } from "../payload/attachment.ts";

const HOUR_MS = 3_600_000;
const STEP_MS = 300_000;
const iso = (timeMs: number) => new Date(timeMs).toISOString();

let services: FakeServices;
let app: FastifyInstance;
beforeEach(async () => {
  services = fakeServices();
  app = await createApp(services, { validateResponses: true });
});
afterEach(() => app.close());

const get = (url: string) => app.inject({ method: "GET", url: `/api/v1/servers/${url}` });
const read = async (url: string) => {
  const response = await get(url);
  expect(response.statusCode, response.body).toBe(200);
  return response.json();
};

describe("explanation", () => {
  test("names the inputs in the contract's terms and says where the past is", async () => {
    const answer = await read("a/explanation");
    expect(answer).toMatchObject({ modelId: "tft_1", forecastId: `tft_1/a/${NOW_MS}`, isExact: true });
    expect(answer.past[0]).toEqual({ variable: "cpu_pct", kind: "observed", subject: "cpu_pct", share: 0.5 });
    expect(answer.attention).toMatchObject({ startAt: iso(NOW_MS - 8 * HOUR_MS), spanMs: 20 * 60_000 });
    expect(answer.attention.horizons.map(({ withinMs }: { withinMs: number }) => withinMs / HOUR_MS)).toEqual([
      0.5, 1, 2, 4, 8,
    ]);
    for (const { past, future } of answer.attention.horizons)
      expect(past.reduce((sum: number, share: number) => sum + share, future)).toBeCloseTo(1, 4);
  });

  test("is refused where there is no forecast, without a model, and when too many wait", async () => {
    expect((await get("c/explanation")).json()).toMatchObject({ status: 409, code: "insufficient_data" });
    expect((await get("zz/explanation")).json()).toMatchObject({ status: 404, code: "server_unknown" });
    services.explain = async () => {
      throw new ForewarnError("overloaded", "explanations: Expected at most 8 to wait, got one more");
    };
    const busy = await get("a/explanation");
    expect([busy.statusCode, busy.headers["retry-after"]]).toEqual([503, "5"]);
    services.model = null;
    expect((await get("a/explanation")).json()).toMatchObject({ status: 503, code: "model_unavailable" });
  });
});

describe("the record", () => {
  test("lays what was forecast over what came, and counts what was inside", async () => {
    services.stored = Array.from({ length: 48 }, (_, at) => ({
      server: "a",
      timestampMs: NOW_MS - (at + 1) * STEP_MS,
      // One in four is outside the band of 40 to 60.2; the bounds are inside.
      metrics: { cpu_pct: [40, 60, 45, 61][at % 4]! },
    }));
    const answer = await read(`a/ahead?lead=30m&from=${(NOW_MS - 5 * HOUR_MS) / 1000}`);
    expect(answer).toMatchObject({
      ...{ leadMs: 1_800_000, leadsMs: [1_800_000, HOUR_MS], startAt: iso(NOW_MS - 5 * HOUR_MS), steps: 60 },
      models: [{ modelId: "tft_1", points: 48 }],
    });
    const [cpu] = answer.metrics;
    // Measured over the last 4 h, forecast over all but one hour of them.
    expect(cpu).toMatchObject({ metric: "cpu_pct", scored: 36, inside: 27 });
    expect(cpu.actual.slice(0, 13)).toEqual([...new Array(12).fill(null), 61]);
    expect(cpu.quantiles["0.9"].slice(35, 49)).toEqual([60.2, ...new Array(12).fill(null), 60.2]);
    expect(answer.metrics).toHaveLength(1);
  });

  test("is empty for a lead that is not kept, and refused for a span that is too long", async () => {
    expect(await read("a/ahead?lead=7h")).toMatchObject({ metrics: [], models: [], leadsMs: [1_800_000, HOUR_MS] });
    expect((await get(`a/ahead?lead=30m&from=${NOW_MS / 1000 - 9 * 86_400}`)).statusCode).toBe(400);
    expect((await get("a/ahead?lead=soon")).statusCode).toBe(400);
    expect((await get("a/ahead")).statusCode).toBe(400);
    services.model = null;
    expect((await get("a/ahead?lead=30m")).statusCode).toBe(503);
  });
});

describe("events", () => {
  test("hold predictions, silences that match and states, newest first", async () => {
    const quiet = { fromMs: NOW_MS - HOUR_MS / 2, untilMs: NOW_MS + HOUR_MS, author: "ann", comment: "deploy" };
    services.book.setQuiet({
      ...{ id: "1", kind: "silence", matchers: [{ name: "server", isEqual: true, value: "a" }] },
      ...quiet,
    });
    services.book.setQuiet({
      ...{ id: "2", kind: "maintenance", matchers: [{ name: "server", isEqual: true, value: "b" }] },
      ...quiet,
    });
    services.book.acknowledge("cpu_soon", "a", { author: "bob", atMs: NOW_MS, note: "on it" });
    const { items } = await read("a/events");
    expect(items.map(({ kind, note }: { kind: string; note: string }) => [kind, note])).toEqual([
      ["acknowledged", "bob: on it"],
      ["predicted", ""],
      ["silence", "ann: deploy"],
      ["state", "healthy to degraded"],
    ]);
    const predicted = items[1];
    expect(predicted).toMatchObject({ rule: "cpu_soon", until: expect.any(String), leadMs: null });
    expect((await read("b/events")).items.map(({ kind }: { kind: string }) => kind)).toEqual(["maintenance", "state"]);
    services.model = null;
    expect((await read("a/events")).items[1].until).toBeNull();
  });

  test("tell how predictions came out: once, with their lead", async () => {
    const event = "cpu_high";
    const onsetMs = NOW_MS + STEP_MS;
    const nowMs = NOW_MS + 2 * STEP_MS;
    services.clock.nowMs = nowMs;
    services.book.tick({ nowMs, forecasts: [], incidents: [{ server: "a", event, onsetMs, endMs: null }] });
    const { items } = await read("a/events");
    const told = items.filter(({ rule }: { rule: string | null }) => rule === "cpu_soon");
    expect(told.map(({ kind, at }: { kind: string; at: string }) => [kind, at])).toEqual([
      ["confirmed", iso(onsetMs)],
      ["predicted", expect.any(String)],
    ]);
    expect(told[0].leadMs).toBe(onsetMs - Date.parse(told[1].at));
  });
});

describe("CSV", () => {
  test("holds history and forecast, quoted, and no formulas", async () => {
    const server = '=cmd|"x",1';
    services.stored.push({ server, timestampMs: NOW_MS - STEP_MS, metrics: { cpu_pct: 50.5, mem_pct: -3 } });
    services.served.set(server, servedForecast(server, 0.5));
    const response = await get(`${encodeURIComponent(server)}/csv`);
    expect(response.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(response.headers["content-disposition"]).toBe(attachment(`${server}.csv`));
    const lines = response.body.split("\r\n");
    expect(lines[0]).toBe("time,server,metric,unit,kind,value,q0.1,q0.5,q0.9,modelId,forecastId,issuedAt,dataAt");
    const name = `"'=cmd|""x"",1"`;
    expect(lines[1]).toBe(`${iso(NOW_MS - STEP_MS)},${name},cpu_pct,percent,measured,50.5,,,,,,,`);
    expect(lines[2]).toBe(`${iso(NOW_MS - STEP_MS)},${name},mem_pct,percent,measured,-3,,,,,,,`);
    expect(lines[3]).toBe(
      `${iso(NOW_MS)},${name},cpu_pct,percent,forecast,,40,50.1,60.2,tft_1,"tft_1/=cmd|""x"",1/${NOW_MS}",${iso(NOW_MS)},${iso(NOW_MS - STEP_MS)}`,
    );
    expect(lines).toHaveLength(1 + 2 + 3 * 96 + 1);
    const one = await get(`a/csv?metrics=mem_pct&from=${NOW_MS / 1000 - 60}`);
    expect(one.body.split("\r\n")).toHaveLength(1 + 96 + 1);
  });

  test("without a model it holds what was measured, and nothing that looks like a forecast", async () => {
    services.model = null;
    const lines = (await get("a/csv")).body.split("\r\n");
    expect(lines).toEqual([
      "time,server,metric,unit,kind,value,modelId,forecastId,issuedAt,dataAt",
      `${iso(NOW_MS - STEP_MS)},a,cpu_pct,percent,measured,50,,,,`,
      "",
    ]);
    expect((await get("nobody/csv")).statusCode).toBe(404);
  });

  test.each([
    ["web-1.csv", `attachment; filename="web-1.csv"; filename*=UTF-8''web-1.csv`],
    [
      'a "b";\r\nx: é.csv',
      `attachment; filename="a__b____x___.csv"; filename*=UTF-8''a%20%22b%22%3B__x%3A%20%C3%A9.csv`,
    ],
    ["../it's(1)*\ud800", `attachment; filename=".._it_s_1___"; filename*=UTF-8''.._it%27s%281%29%2A_`],
  ])("the file name of %j cannot break the header", (name, header) => {
    expect(attachment(name)).toBe(header);
  });
});
