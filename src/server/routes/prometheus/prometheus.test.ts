import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeServices, fakeServices, NOW_MS, servedForecast } from "../../../../test/support/fake-services.ts";
import { createApp } from "../../index.ts";

const STEP_MS = 300_000;
const NOW = NOW_MS / 1000;

let services: FakeServices;
let app: FastifyInstance;
beforeEach(async () => {
  services = fakeServices();
  app = await createApp(services, { validateResponses: true });
});
afterEach(() => app.close());

const get = (path: string, parameters: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  app.inject({ method: "GET", url: `/prometheus/api/v1/${path}`, query: parameters, headers });
const post = (path: string, parameters: string) => {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return app.inject({ method: "POST", url: `/prometheus/api/v1/${path}`, payload: parameters, headers });
};
const read = async (path: string, parameters: Record<string, string> = {}) => {
  const response = await get(path, parameters);
  expect(response.statusCode, response.body).toBe(200);
  expect(response.json().status).toBe("success");
  return response.json().data;
};
const instant = async (query: string, time = NOW) => (await read("query", { query, time: String(time) })).result;

describe("Grafana", () => {
  test("saves and tests the data source", async () => {
    const answer = await post("query", "query=1%2B1&time=4");
    expect(answer.json()).toEqual({ status: "success", data: { resultType: "scalar", result: [4, "2"] } });
    const { version, features } = await read("status/buildinfo");
    expect([Number(version.split(".")[0]) >= 2, features]).toEqual([true, undefined]);
  });

  test("asks for names, values and series, by form and by URL", async () => {
    const all = `match[]=${encodeURIComponent('{__name__!=""}')}&start=${NOW - 3600}&end=${NOW}&limit=40000`;
    const names = (await post("labels", all)).json().data;
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(["__name__", "alertname", "profile", "quantile", "server"]));
    expect((await app.inject(`/prometheus/api/v1/labels?${all}`)).json().data).toEqual(names);
    const metrics = (await app.inject(`/prometheus/api/v1/label/__name__/values?${all}`)).json().data;
    expect(metrics).toEqual(expect.arrayContaining(["ALERTS", "cpu_pct", "forewarn_breach_probability"]));
    expect(await read("label/server/values", { "match[]": "forewarn_forecast" })).toEqual(["a", "b"]);
    expect(await read("label/server/values", { "match[]": 'cpu_pct{profile="web_api"}' })).toEqual(["b", "c"]);
    expect((await post("series", `match[]=${encodeURIComponent('cpu_pct{server=~"a|b"}')}`)).json().data).toEqual([
      { __name__: "cpu_pct", profile: "database", server: "a" },
      { __name__: "cpu_pct", profile: "web_api", server: "b" },
    ]);
    const valuesWithin = async (metric: string, start: number, end: number, label = "server") =>
      read(`label/${label}/values`, { "match[]": metric, start: String(start), end: String(end) });
    // Rows of one interval that ends now; an alert that was confirmed ten minutes ago, of a prediction; the current forecast.
    expect(await valuesWithin("cpu_pct", NOW - 3600, NOW)).toEqual(["a", "b", "c"]);
    expect(await valuesWithin("cpu_pct", NOW - 3600, NOW - 1)).toEqual([]);
    expect(await valuesWithin("cpu_pct", NOW + 1, NOW + 3600)).toEqual([]);
    expect(await valuesWithin("forewarn_forecast", NOW - 7200, NOW - 3600)).toEqual(["a", "b"]);
    expect(await valuesWithin("ALERTS", NOW - 7200, NOW - 3600)).toEqual([]);
    const cut = (await get("series", { "match[]": "cpu_pct", limit: "1" })).json();
    expect([cut.data.length, cut.warnings]).toEqual([1, ["results truncated due to limit"]]);
    const two = await app.inject("/prometheus/api/v1/series?match[]=cpu_pct&match[]=mem_pct&match[]=cpu_pct");
    expect(two.json().data).toHaveLength(6);
  });

  test("asks for metadata, exemplars, rules and alerts", async () => {
    const metadata = await read("metadata");
    expect(metadata.cpu_pct).toEqual([{ type: "gauge", help: "CPU time in use, all cores", unit: "percent" }]);
    expect(Object.keys(await read("metadata", { metric: "mem_pct" }))).toEqual(["mem_pct"]);
    expect(await read("query_exemplars", { query: "cpu_pct", start: "1", end: "2" })).toEqual([]);
    const { groups } = await read("rules");
    expect(groups).toMatchObject([{ name: "forewarn", interval: 300, rules: [{ name: "cpu_soon", state: "firing" }] }]);
    const [rule] = groups[0].rules;
    expect(rule).toMatchObject({ type: "alerting", health: "ok", duration: 600, keepFiringFor: 900 });
    expect(rule.alerts).toMatchObject([
      { state: "firing", value: "0.8", labels: { alertname: "cpu_soon", server: "a" } },
    ]);
    expect((await instant(rule.query)).map(({ metric }: { metric: { server: string } }) => metric.server)).toEqual([
      "a",
    ]);
    expect((await read("rules", { type: "record" })).groups).toEqual([]);
    expect((await read("rules", { "rule_name[]": "other" })).groups).toEqual([]);
    expect((await read("rules", { exclude_alerts: "true" })).groups[0].rules[0].alerts).toEqual([]);
    expect((await read("alerts")).alerts).toEqual(rule.alerts);
  });
});

describe("queries", () => {
  test("a measured value is a sample at the end of its interval, once that is over", async () => {
    services.stored.push({ server: "a", timestampMs: NOW_MS + 1000, metrics: { cpu_pct: 63.2 } });
    const query = 'cpu_pct{server="a"}';
    expect(await instant(query)).toEqual([
      { metric: { __name__: "cpu_pct", profile: "database", server: "a" }, value: [NOW, "50"] },
    ]);
    expect(await instant(query, NOW - 1)).toEqual([]);
    expect((await instant(query, NOW + 300))[0].value[1]).toBe("50");
    services.clock.nowMs += STEP_MS;
    expect((await instant(query, NOW + 300))[0].value[1]).toBe("63.2");
  });

  test("a forecast begins after its issue and ends with its horizon; history and forecast do not overlap", async () => {
    services.clock.nowMs += 60_000;
    const late = servedForecast("a", 0.8);
    services.served.set("a", { ...late, record: { ...late.record, issuedAtMs: NOW_MS + STEP_MS } });
    const range = { start: String(NOW - 3600), end: String(NOW + 10 * 3600), step: "300" };
    const query = 'forewarn_forecast{server="a", metric="cpu_pct", quantile="0.9"}';
    const { result } = await read("query_range", { query, ...range });
    expect(result).toHaveLength(1);
    expect(result[0].metric).toMatchObject({ server: "a", profile: "database" });
    const times = result[0].values.map(([time]: [number]) => time);
    expect(result[0].values[0]).toEqual([NOW + 600, "60.2"]);
    // The last sample counts for two steps.
    expect(times.at(-1)).toBe(NOW + 8 * 3600 + 300);
    expect((await instant('forewarn_forecast{server="b"}', NOW)).length).toBe(0);
  });

  test("probabilities stand at the time of issue, with rule, metric, threshold and horizon", async () => {
    const query = 'topk(1, forewarn_breach_probability{rule="cpu_high", horizon_seconds="14400"})';
    const metric = { rule: "cpu_high", metric: "cpu_pct", threshold: "90", horizon_seconds: "14400" };
    expect(await instant(query)).toMatchObject([{ metric: { server: "a", ...metric }, value: [NOW, "0.8"] }]);
    expect(await instant("count(forewarn_breach_probability)")).toMatchObject([{ value: [NOW, "30"] }]);
    expect(await instant("forewarn_breach_probability", NOW - 1)).toEqual([]);
  });

  test("without a model there is no series of forecasts", async () => {
    services.model = null;
    expect(await instant('{__name__=~"forewarn_(forecast|breach_probability)"}')).toEqual([]);
    expect(await instant('forewarn_forecast{server="a"}', NOW + 600)).toEqual([]);
    expect(await read("label/__name__/values")).not.toContain("forewarn_forecast");
  });

  test("alerts are 1 from when they began until now", async () => {
    const firing = { alertname: "cpu_soon", alertstate: "firing", phase: "predicted", server: "a" };
    expect(await instant('ALERTS{alertstate="firing"}')).toMatchObject([{ metric: firing, value: [NOW, "1"] }]);
    expect(await instant("ALERTS", NOW - 3600)).toEqual([]);
  });

  test("an alert is predicted until it is confirmed, and never both", async () => {
    const alert = services.book.alerts().find(({ server }) => server === "a")!;
    const times = { startsAtMs: NOW_MS - 4 * STEP_MS, changedAtMs: NOW_MS - 2 * STEP_MS };
    alert.track.shown = { status: "confirmed", ...times };
    const phases = async (time: number) =>
      (await instant('ALERTS{alertname="cpu_soon"}', time)).map(
        ({ metric }: { metric: { phase: string } }) => metric.phase,
      );
    expect(await phases(NOW - 1201)).toEqual([]);
    expect(await phases(NOW - 1200)).toEqual(["predicted"]);
    expect(await phases(NOW - 601)).toEqual(["predicted"]);
    expect(await phases(NOW - 600)).toEqual(["confirmed"]);
    expect(await phases(NOW)).toEqual(["confirmed"]);
  });

  test("only what is asked for is read, and nothing beyond the limits", async () => {
    const asked: string[][] = [];
    const { series } = services.store;
    services.store.series = (names, ...range) => {
      asked.push([...(names ?? [])]);
      return series.call(services.store, names, ...range);
    };
    await instant('cpu_pct{server="b"}');
    await instant('cpu_pct{profile="web_api"}');
    await instant('forewarn_forecast{server="b"}');
    await instant('cpu_pct{server="nobody"}');
    expect(asked).toEqual([["b"], ["b", "c"]]);
    for (let at = 0; at < 9200; at++) services.stored.push({ server: `s${at}`, timestampMs: NOW_MS, metrics: {} });
    services.store.servers = () =>
      services.stored.map(({ server, timestampMs: lastMs }) => {
        return { server, labels: {}, state: null, firstMs: lastMs, lastMs };
      });
    const answer = await get("query", { query: '{server!=""}', time: String(NOW) });
    expect([answer.statusCode, answer.json().errorType]).toEqual([422, "execution"]);
    expect(asked).toHaveLength(2);
  });

  test("what is older than the hot window comes from the stored rows", async () => {
    services.hotWindowMs = STEP_MS;
    services.stored.push({ server: "a", timestampMs: NOW_MS - 10 * STEP_MS, metrics: { cpu_pct: 10 } });
    services.store.server = (server) => ({
      server,
      labels: {},
      state: null,
      firstMs: NOW_MS - STEP_MS,
      lastMs: NOW_MS,
    });
    services.store.series = () => Promise.reject(new Error("the hot window was asked"));
    const { result } = await read("query", { query: 'cpu_pct{server="a"}[1h]', time: String(NOW) });
    expect(result[0].values).toEqual([
      [NOW - 2700, "10"],
      [NOW, "50"],
    ]);
  });
});

test("rules say in their annotations what, where, how likely and when", async () => {
  services.forecastEveryMs = 3_600_000;
  const { groups } = await read("rules");
  // Two forecasts far apart are looked back for.
  expect(groups).toMatchObject([{ interval: 3600 }]);
  expect(groups[0].rules[0].annotations.description).toContain("[2h]");
  const [{ annotations }] = groups[0].rules;
  expect(annotations.summary).toBe(
    "{{ $labels.server }}: cpu_soon predicted within 4h with {{ $value | humanizePercentage }}",
  );
  expect(annotations.description.split("\n").map((line: string) => line.split(":")[0])).toEqual([
    "What",
    "Where",
    "How likely",
    "When",
  ]);
});

describe("errors", () => {
  test.each([
    ["query", { query: "sum(" }, 400, "bad_data"],
    ["query", {}, 400, "bad_data"],
    ["query", { query: "1", time: "yesterday" }, 400, "bad_data"],
    ["query", { query: "1", timeout: "0" }, 400, "bad_data"],
    ["query", { query: "holt_winters(cpu_pct[1h], 0.1, 0.1)" }, 400, "bad_data"],
    ["query", { query: "cpu_pct + on () cpu_pct", time: String(NOW) }, 422, "execution"],
    ["query_range", { query: "1", start: "0", end: "11001", step: "1" }, 400, "bad_data"],
    ["query_range", { query: "1", start: "0", end: "10", step: "0" }, 400, "bad_data"],
    ["query_range", { query: "1", start: "10", end: "0", step: "1" }, 400, "bad_data"],
    ["query_range", { query: "cpu_pct[5m]", start: "0", end: "1", step: "1" }, 400, "bad_data"],
    ["series", {}, 400, "bad_data"],
    ["series", { "match[]": "sum(cpu_pct)" }, 400, "bad_data"],
    ["labels", { "match[]": "{}" }, 400, "bad_data"],
    ["labels", { limit: "-1" }, 400, "bad_data"],
  ])("%s %o is %i %s", async (path, parameters, status, errorType) => {
    const response = await get(path, parameters as Record<string, string>);
    expect(response.json()).toEqual({ status: "error", errorType, error: expect.any(String) });
    expect(response.statusCode).toBe(status);
  });

  test("a fault of the store is a problem of ours and told to nobody", async () => {
    services.store.series = () => Promise.reject(new Error("secret"));
    const response = await get("query", { query: "cpu_pct", time: String(NOW) });
    expect([response.statusCode, response.json().code]).toEqual([500, "internal_error"]);
    expect(response.body).not.toContain("secret");
  });

  test("a key that may only send rows may not ask", async () => {
    const key = services.keys.add("agent", ["ingest"]).key;
    const authorization = `Bearer ${key}`;
    expect((await get("query", { query: "1" }, { authorization })).statusCode).toBe(403);
    expect((await get("query", { query: "1" })).statusCode).toBe(401);
  });
});
