// The dashboard in deploy/grafana asks only what our own routes answer.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { fakeServices, NOW_MS } from "../../../../test/support/fake-services.ts";
import { createApp } from "../../index.ts";

interface Dashboard {
  panels: { id: number; title: string; targets: { expr: string; instant: boolean; legendFormat: string }[] }[];
  templating: { list: { name: string; type: string; query: { query: string } }[] };
}

const FOLDER = new URL("../../../../deploy/grafana/", import.meta.url);
const readText = (path: string) => readFileSync(new URL(path, FOLDER), "utf8");
const dashboard: Dashboard = JSON.parse(readText("dashboards/forewarn.json"));
const VALUES: Record<string, string> = { server: "a", metric: "cpu_pct", horizon: "14400" };
const filled = (text: string) => text.replaceAll(/\$(\w+)/g, (_, name: string) => VALUES[name] ?? `unknown ${name}`);
const queries = dashboard.panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })));
const variables = dashboard.templating.list.filter(({ type }) => type === "query");

test.each(queries)("$title: $expr has an answer", async ({ expr, instant }) => {
  const services = fakeServices();
  const app = await createApp(services);
  // Grafana evaluates instant queries at the end of the dashboard's time.
  const [start, end] = [NOW_MS / 1000 - 12 * 3600, NOW_MS / 1000 + 8 * 3600];
  const query = filled(expr);
  const response = instant
    ? await app.inject({ url: "/prometheus/api/v1/query", query: { query, time: String(end) } })
    : await app.inject({
        url: "/prometheus/api/v1/query_range",
        query: { query, start: String(start), end: String(end), step: "300" },
      });
  expect(response.statusCode, response.body).toBe(200);
  expect(response.json().data.result, query).not.toEqual([]);
  await app.close();
});

test.each(variables)("variable $name has values", async ({ name, query }) => {
  const app = await createApp(fakeServices());
  const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(query.query)!;
  const url = `/prometheus/api/v1/label/${label}/values`;
  const values = (await app.inject({ url, query: { "match[]": metric! } })).json().data;
  expect(values).toContain(VALUES[name]);
  await app.close();
});

test("panels have names of their own, and the data source leads to our routes", () => {
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const { datasources } = parse(readText("provisioning/datasources/forewarn.yaml"));
  expect(datasources[0]).toMatchObject({ type: "prometheus", url: "$FOREWARN_URL/prometheus" });
});
