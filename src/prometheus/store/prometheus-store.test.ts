// The store over a database in this process: the promql room answers as Prometheus would, and every question is noted.
import { beforeEach, describe, expect, it, test } from "vitest";
import { ForewarnError } from "../../base/index.ts";
import { memorySource, rangeQuery, type SourceSeries } from "../../promql/index.ts";
import type { LiveStore } from "../../store/index.ts";
import type { PrometheusClient } from "../client/client.ts";
import { openMapping } from "../mapping/read-mapping.ts";
import { parseValue } from "../value.ts";
import { mappingParts } from "./mapping-parts.ts";
import { openPrometheusStore, type PrometheusStoreOptions } from "./prometheus-store.ts";

const MINUTE = 60_000;
const metric = { unit: "1", role: "target", min: null, max: null, required: false, transform: "identity" };
const contract = {
  ...{ name: "small", version: "1.0", interval: "1m", labels: [], state: null, texts: [], breachRules: [] },
  metrics: [
    { ...metric, name: "load", kind: "gauge" },
    { ...metric, name: "requests", kind: "counter", role: "observed", min: 0 },
  ],
};
const document = (load: string) => ({
  contract,
  server: { label: "host" },
  metrics: {
    load: { expression: load },
    requests: { expression: "max by (host) (last_over_time(requests[$interval]))" },
  },
});
const divisible = openMapping(document("max by (host) (last_over_time(load[$interval]))"), "test");
const made = openMapping(
  document('label_replace(sum by (machine) (last_over_time(load2[$interval])), "host", "$1", "machine", "(.+)")'),
  "test",
);

/** A value a minute from minute `first` to `last`: the minute itself. */
function series(name: string, labels: Record<string, string>, first: number, last: number): SourceSeries {
  const timesMs = Float64Array.from({ length: last - first + 1 }, (_, i) => (first + i) * MINUTE);
  return { labels: { __name__: name, ...labels }, timesMs, values: timesMs.map((timeMs) => timeMs / MINUTE) };
}

/** The time at every step. */
function clock({ startMs, endMs }: { startMs: number; endMs: number }, rewrittenFromMs: number) {
  const timesMs = Float64Array.from({ length: (endMs - startMs) / 1000 + 1 }, (_, i) => startMs + i * 1000);
  return { labels: {}, timesMs, values: timesMs.map((timeMs) => Math.min(timeMs, rewrittenFromMs - 1000) / 1000) };
}

describe("the store over a database", () => {
  let data: SourceSeries[];
  let asked: { query: string; bins: [first: number, last: number] }[];
  let failure: ForewarnError | null;
  /** Steps from here on are filled with the one before. */
  let rewrittenFromMs: number;
  beforeEach(() => {
    [data, asked, failure, rewrittenFromMs] = [[], [], null, Number.POSITIVE_INFINITY];
  });
  const client = {
    async labelValues(name: string) {
      if (failure !== null) throw failure;
      return [...new Set(data.flatMap(({ labels }) => labels[name] ?? []))];
    },
    async queryRange(query: string, range: { startMs: number; endMs: number; stepMs: number }) {
      if (failure !== null) throw failure;
      if (query === "time()") return [clock(range, rewrittenFromMs)];
      // Rows are stamped with the begin of their interval.
      asked.push({ query, bins: [range.startMs / MINUTE - 1, range.endMs / MINUTE - 1] });
      const { result } = await rangeQuery(query, memorySource(data), range);
      return result.map(({ metric: labels, values }) => ({
        labels,
        timesMs: Float64Array.from(values, ([seconds]) => seconds * 1000),
        values: Float64Array.from(values, ([, value]) => parseValue(value)),
      }));
    },
  } as unknown as PrometheusClient;
  const open = (more: Partial<PrometheusStoreOptions> = {}): LiveStore =>
    openPrometheusStore({
      ...{ mapping: divisible, connect: () => client, windowMs: 10 * MINUTE, latenessMs: 2 * MINUTE, maxServers: 100 },
      ...{ owns: () => true, onRefused: () => undefined, onUnreadable: () => undefined },
      ...{ now: () => 50 * MINUTE + 10_000, onUnsettled: () => undefined, ...more },
    });
  const loads = async (store: LiveStore, server: string) => [...(await store.series([server]))[0]!.values[0]!];

  it("reads whole windows once, then the newest intervals and those that may still change", async () => {
    data = [series("load", { host: "a:1" }, 1, 100), series("requests", { host: "a:1" }, 1, 100)];
    const store = open();
    await store.refresh(50 * MINUTE);
    // The counter needs the interval before the window, too.
    expect(asked.map(({ bins }) => bins)).toEqual([
      [39, 49],
      [39, 49],
    ]);
    expect(asked[0]!.query).toBe('max by (host) (last_over_time(load{host=~"a:1"}[1m]))');
    expect(await loads(store, "a")).toEqual([41, 42, 43, 44, 45, 46, 47, 48, 49, 50]);
    expect([...(await store.series(["a"]))[0]!.values[1]!]).toEqual(new Array(10).fill(1));
    asked = [];
    await store.refresh(51 * MINUTE);
    expect(asked.map(({ bins }) => bins)).toEqual([
      [47, 50],
      [47, 50],
    ]);
    expect(await loads(store, "a")).toEqual([42, 43, 44, 45, 46, 47, 48, 49, 50, 51]);
    await store.close();
  });

  it("reads the whole window of a server that comes later, and of one that comes back", async () => {
    data = [series("load", { host: "a:1" }, 1, 100)];
    const store = open();
    await store.refresh(50 * MINUTE);
    data.push(series("load", { host: "b:1" }, 45, 100));
    asked = [];
    await store.refresh(51 * MINUTE);
    expect(asked.filter(({ query }) => query.includes("load")).map(({ bins }) => bins)).toEqual([
      [47, 50],
      [40, 50],
    ]);
    expect(await loads(store, "b")).toEqual([45, 46, 47, 48, 49, 50, 51]);
    await store.close();
  });

  it("after an outage it reads what it missed, and nothing in between is made up", async () => {
    data = [series("load", { host: "a:1" }, 1, 42), series("load", { host: "a:2" }, 46, 100)];
    const store = open();
    await store.refresh(42 * MINUTE);
    failure = new ForewarnError("prometheus_unavailable", "down");
    await expect(store.refresh(44 * MINUTE)).rejects.toBe(failure);
    expect(store.status()).toMatchObject({ state: "unreachable", reason: "down", servers: 1 });
    expect((await loads(store, "a")).at(-1)).toBe(42);
    failure = null;
    asked = [];
    await store.refresh(48 * MINUTE);
    expect(asked.some(({ bins: [first] }) => first === 39)).toBe(true);
    expect(await loads(store, "a")).toEqual([39, 40, 41, 42, Number.NaN, Number.NaN, Number.NaN, 46, 47, 48]);
    expect(store.status().state).toBe("ready");
    await store.close();
  });

  it("a machine that comes back under another port keeps its past", async () => {
    data = [series("load", { host: "a:1" }, 1, 50), series("load", { host: "b:1" }, 1, 100)];
    const store = open({ partServers: 1 });
    await store.refresh(50 * MINUTE);
    data.push(series("load", { host: "a:2" }, 51, 100));
    await store.refresh(52 * MINUTE);
    expect(await loads(store, "a")).toEqual([43, 44, 45, 46, 47, 48, 49, 50, 51, 52]);
    await store.close();
  });

  it("reads no interval whose end the database rewrites", async () => {
    data = [series("load", { host: "a:1" }, 1, 100)];
    rewrittenFromMs = 50 * MINUTE - 19_000;
    const behind: number[] = [];
    const store = open({ onUnsettled: (behindMs) => behind.push(behindMs) });
    await store.refresh(50 * MINUTE);
    expect(behind).toEqual([20_000]);
    expect((await loads(store, "a")).at(-1)).toBe(49);
    await store.close();
  });

  it("one server whose series contradict each other does not take others along", async () => {
    const names = Array.from({ length: 9 }, (_, i) => `h${i}`);
    data = [...names.map((host) => series("load", { host }, 1, 60)), series("load", { host: "h4:9" }, 1, 60)];
    const unreadable: string[] = [];
    const store = open({
      onUnreadable: ({ code, message }) => unreadable.push(`${code} ${/"h4"/.exec(message)?.[0]}`),
    });
    await store.refresh(50 * MINUTE);
    expect(store.status().state).toBe("ready");
    expect(store.servers().length).toBeGreaterThanOrEqual(8);
    for (const host of names.filter((name) => name !== "h4")) expect((await loads(store, host)).at(-1)).toBe(50);
    await store.close();
  });

  it("a mapping that makes its label is asked in whole, others' servers are dropped, history asks for one", async () => {
    data = ["x", "y", "z"].map((machine) => series("load2", { machine }, 1, 100));
    const store = open({ mapping: made, owns: (server) => server !== "y" });
    await store.refresh(50 * MINUTE);
    expect(store.servers().map(({ server }) => server)).toEqual(["x", "z"]);
    asked = [];
    const history = await store.history("z", 20 * MINUTE, 23 * MINUTE);
    expect([...history.values[0]!]).toEqual([21, 22, 23]);
    expect(asked[0]!.query).toContain('and on (host) (label_replace(vector(1), "host", "z", "", ""))');
    await store.close();
  });

  it("refuses rows and copies, and takes no more servers than it may", async () => {
    data = ["a", "b", "c"].map((host) => series("load", { host }, 1, 100));
    const refused: number[] = [];
    const store = open({ maxServers: 2, onRefused: (servers) => refused.push(servers) });
    await store.refresh(50 * MINUTE);
    expect([store.servers().map(({ server }) => server), refused]).toEqual([["a", "b"], [1]]);
    expect(store.status().counts.rejected).toBe(1);
    const none = { servers: [], timestampsMs: new Float64Array(), labels: [], states: null, metrics: [], texts: [] };
    await expect(store.write(none)).rejects.toMatchObject({ code: "store_external" });
    await expect(store.backup("x")).rejects.toMatchObject({ code: "store_external" });
    await store.close();
    await store.refresh(51 * MINUTE);
    expect(store.status().state).toBe("closed");
  });
});

describe("mappingParts", () => {
  test.each([
    [250, 10, [100, 100, 50]],
    [100, 10, [100]],
    [0, 10, []],
    // Two hundred bytes a name: a query of sixteen thousand bytes holds fewer than a hundred of them.
    [100, 200, [50, 50]],
  ])("splits %i servers of %i bytes", (count, bytes, sizes) => {
    const names = Array.from({ length: count }, (_, i) => String(i).padStart(bytes, "n"));
    expect(
      mappingParts(divisible)
        .chunks(names)
        .map(({ length }) => length),
    ).toEqual(sizes);
  });
});
