// Stands in for Grafana in a container: reads what `docker run` mounts as Grafana does at its start
// (https://grafana.com/docs/grafana/latest/administration/provisioning/), and asks its data source as Grafana does.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";

/** What a test looks at in a dashboard. */
export interface Dashboard {
  panels: { title: string; targets: { expr: string; instant: boolean }[] }[];
  templating: { list: { name: string; type: string; query: { query: string } }[] };
}

/** A series of a matrix has `values`, one of a vector `value`. */
export interface GrafanaSeries {
  values?: [seconds: number, value: string][];
  value?: [seconds: number, value: string];
}

/** Such a Grafana. */
export interface GrafanaClient {
  dashboard: Dashboard;
  /** `data` of an answer of the data source. @throws AssertionError for another status than 200. */
  get<Data>(path: string, parameters?: Readonly<Record<string, string>>): Promise<Data>;
  /** The same for a query, by the method that the data source is set to. */
  query<Data>(path: string, parameters: Readonly<Record<string, string>>): Promise<Data>;
}

/** Makes one of the arguments of `docker run`. */
export function grafanaOf(args: readonly string[]): GrafanaClient {
  const valuesOf = (flag: string) => args.filter((_, at) => args[at - 1] === flag);
  const environment = Object.fromEntries(valuesOf("-e").map((pair) => pair.split("=", 2)));
  const mounts = valuesOf("-v").map((mount) => mount.split(":") as [string, string]);
  const read = (path: string): string => {
    const mount = mounts.find(([, to]) => path.startsWith(`${to}/`));
    if (mount === undefined) throw new Error(`${path}: Expected it in the container, but nothing is mounted there`);
    return readFileSync(join(mount[0], path.slice(mount[1].length)), "utf8");
  };
  const filled = (text: string) => text.replaceAll(/\$(\w+)/g, (_, name: string) => environment[name] ?? "");
  const { datasources } = parse(filled(read("/etc/grafana/provisioning/datasources/forewarn.yaml")));
  const { url, jsonData, secureJsonData } = datasources[0];
  const { providers } = parse(read("/etc/grafana/provisioning/dashboards/forewarn.yaml"));
  const headers = { [jsonData.httpHeaderName1]: secureJsonData.httpHeaderValue1 };

  const ask = async <Data>(method: string, path: string, parameters: Readonly<Record<string, string>>) => {
    const form = new URLSearchParams(parameters);
    const isGet = method === "GET";
    const where = `${url}/api/v1/${path}${isGet ? `?${form}` : ""}`;
    const response = await fetch(where, { method, headers, ...(isGet ? {} : { body: form }) });
    expect([where, response.status]).toEqual([where, 200]);
    return ((await response.json()) as { data: Data }).data;
  };
  return {
    dashboard: JSON.parse(read(`${providers[0].options.path}/forewarn.json`)),
    get: (path, parameters = {}) => ask("GET", path, parameters),
    query: (path, parameters) => ask(jsonData.httpMethod, path, parameters),
  };
}
