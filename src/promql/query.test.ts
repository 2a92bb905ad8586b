import { describe, expect, it } from "vitest";
import { loadSeries, parseSeries, rowsOf, valuesAt } from "../../test/support/promql-cases.ts";
import {
  evaluateByServer,
  instantQuery,
  memorySource,
  parseSelectorQuery,
  queryErrorType,
  rangeQuery,
  type SelectRequest,
  type SeriesSource,
} from "./index.ts";

const MINUTE = 60_000;
const source = loadSeries(MINUTE, { 'm{server="a"}': "0+1x60", 'm{server="b"}': "0+2x60" });

async function errorTypeOf(answer: Promise<unknown>): Promise<string | undefined> {
  return queryErrorType(await answer.catch((thrown: unknown) => thrown))?.errorType;
}

describe("instantQuery", () => {
  it("answers in the shapes of the HTTP API", async () => {
    expect(await instantQuery("1+1", source, 4000)).toEqual({ resultType: "scalar", result: [4, "2"] });
    expect(await instantQuery("('x')", source, 1500)).toEqual({ resultType: "string", result: [1.5, "x"] });
    expect(await instantQuery('m{server="a"}', source, 90_123)).toEqual({
      resultType: "vector",
      result: [{ metric: { __name__: "m", server: "a" }, value: [90.123, "1"] }],
    });
    expect(await instantQuery('m{server="b"}[2m] offset 1m', source, 180_000)).toEqual({
      resultType: "matrix",
      result: [
        {
          metric: { __name__: "m", server: "b" },
          values: [
            [60, "2"],
            [120, "4"],
          ],
        },
      ],
    });
    expect(await instantQuery("m[1m:30s]", source, 7_200_000)).toEqual({ resultType: "matrix", result: [] });
  });

  it("keeps the order of sort, topk and bottomk", async () => {
    const wide = loadSeries(MINUTE, { 'w{i="1"}': "2", 'w{i="2"}': "NaN", 'w{i="3"}': "3", 'w{i="4"}': "1" });
    const order = async (query: string) => Object.keys(await valuesAt(query, wide, 0)).map((labels) => labels.at(-3));
    expect(await order("sort(w)")).toEqual(["4", "1", "3", "2"]);
    expect(await order("sort_desc(w)")).toEqual(["3", "1", "4", "2"]);
    expect(await order("topk(3, w)")).toEqual(["3", "1", "4"]);
    expect(await order("bottomk(9999999999, w)")).toEqual(["4", "1", "3", "2"]);
  });

  it("keeps every label name, odd ones too", async () => {
    const labels = JSON.parse('{"__name__": "odd", "__proto__": "p", "constructor": "c", "empty": ""}') as Record<
      string,
      string
    >;
    const odd = memorySource([{ labels, timesMs: Float64Array.of(0), values: Float64Array.of(1) }]);
    const { result } = await instantQuery('odd{__proto__="p", empty=""}', odd, 0);
    expect(JSON.stringify(result)).toContain('"metric":{"__name__":"odd","__proto__":"p","constructor":"c"}');
  });

  it("looks back as far as each series says", async () => {
    const hourly = { ...parseSeries("slow", "1 2", 60 * MINUTE), lookbackMs: 120 * MINUTE };
    const both = memorySource([hourly, parseSeries("quick", "1 2", 60 * MINUTE)], 120 * MINUTE);
    expect(await valuesAt('{__name__=~"slow|quick"}', both, 70 * MINUTE)).toEqual({ "slow{}": 2 });
    expect(await valuesAt('{__name__=~"slow|quick"}', both, 60 * MINUTE)).toEqual({ "quick{}": 2, "slow{}": 2 });
    expect(await valuesAt("slow", both, 180 * MINUTE)).toEqual({});
    expect((await instantQuery("quick", both, 70 * MINUTE, { lookbackMs: 11 * MINUTE })).result).toHaveLength(1);
  });
});

describe("rangeQuery", () => {
  it("includes the end and sorts series by labels", async () => {
    const range = { startMs: 0, endMs: 2 * MINUTE, stepMs: MINUTE };
    expect(await rowsOf('-m or on(__name__) m{server="a"}', source, range)).toEqual({
      'm{server="a"}': "0 1 2",
      '{server="a"}': "-0 -1 -2",
      '{server="b"}': "-0 -2 -4",
    });
    expect(await rowsOf("time() > bool 60", source, range)).toEqual({ "{}": "0 0 1" });
    expect(await rowsOf('m{server="a"} @ end()', source, { ...range, endMs: 150_000 })).toEqual({
      'm{server="a"}': "2 2 2",
    });
  });

  it.each([
    ["m", { startMs: 0, endMs: 11_000, stepMs: 1 }, "bad_data"],
    ["m", { startMs: 0, endMs: 10_999, stepMs: 1 }, undefined],
    ["m", { startMs: 1, endMs: 0, stepMs: 1 }, "bad_data"],
    ["m", { startMs: 0, endMs: 1, stepMs: 0 }, "bad_data"],
    ["m", { startMs: 0, endMs: Number.NaN, stepMs: 1 }, "bad_data"],
    ["m[5m]", { startMs: 0, endMs: 1, stepMs: 1 }, "bad_data"],
    ["'m'", { startMs: 0, endMs: 1, stepMs: 1 }, "bad_data"],
  ])("%s over %o: %s", async (query, range, errorType) => {
    expect(await errorTypeOf(rangeQuery(query, source, range))).toBe(errorType);
  });
});

describe("limits", () => {
  it("asks the source for what the query needs, each selector once", async () => {
    const requests: SelectRequest[] = [];
    const spy: SeriesSource = {
      select(request) {
        requests.push(request);
        return [];
      },
    };
    const query = "rate(a[10m] offset 5m) + max_over_time(b[1h:5m]) + c @ 60 + rate(a[10m] offset 5m)";
    await rangeQuery(query, spy, { startMs: 100 * MINUTE, endMs: 110 * MINUTE, stepMs: MINUTE });
    expect(
      requests.map(({ matchers, startMs, endMs }) => [matchers[0]!.value, startMs / MINUTE, endMs / MINUTE]),
    ).toEqual([
      ["a", 85, 105],
      ["b", 35, 110],
      ["c", -4, 1],
    ]);
  });

  it.each([
    ["series", { maxSeries: 1 }, "m"],
    ["samples", { maxSamples: 5 }, "rate(m[10m])"],
    ["values", { maxPoints: 3 }, "m + m"],
    ["steps of a subquery", {}, "max_over_time(vector(1)[100y:1ms])"],
  ])("refuses too many %s", async (_, options, query) => {
    expect(await errorTypeOf(instantQuery(query, source, 30 * MINUTE, options))).toBe("execution");
  });

  it("refuses label values that grow without end", async () => {
    const joined = Array.from({ length: 60 }).reduce<string>(
      (query) => `label_join(${query}, "server", "", "server", "server")`,
      "m",
    );
    expect(await errorTypeOf(instantQuery(joined, source, 0))).toBe("execution");
    const replaced = `label_replace(m, "x", "${"$1".repeat(20_000)}", "server", "(.*)")`;
    const long = memorySource([parseSeries(`m{server="${"a".repeat(5000)}"}`, "1", 1)]);
    expect(await errorTypeOf(instantQuery(replaced, long, 0))).toBe("execution");
  });

  it("ends at its deadline and lets the event loop turn", async () => {
    const many = memorySource(Array.from({ length: 40 }, (_, i) => parseSeries(`m{i="${i}"}`, "0+1x500", 1000)));
    const range = { startMs: 0, endMs: 500_000, stepMs: 1000 };
    let [nowMs, turns, isOver] = [0, 0, false];
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const ask = (timeoutMs: number) =>
      rangeQuery("sum_over_time(m[5m])", many, range, { timeoutMs, now: () => nowMs++ });
    expect(await errorTypeOf(ask(100))).toBe("timeout");
    expect(turns).toBeGreaterThan(5);
    expect(await errorTypeOf(ask(100_000))).toBeUndefined();
    isOver = true;
  });

  it("ends when it is aborted, also while it waits for its source", async () => {
    const slow: SeriesSource = {
      select: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    };
    const controller = new AbortController();
    const answer = errorTypeOf(instantQuery("m", slow, 0, { signal: controller.signal }));
    controller.abort();
    expect(await answer).toBe("canceled");
    expect(await errorTypeOf(instantQuery("m", slow, 0, { timeoutMs: 20 }))).toBe("timeout");
  });

  it("passes on what the source throws", async () => {
    const broken: SeriesSource = {
      select() {
        throw new Error("disk");
      },
    };
    await expect(instantQuery("m", broken, 0)).rejects.toThrow("disk");
  });
});

describe("evaluateByServer", () => {
  const range = { startMs: MINUTE, endMs: 3 * MINUTE, stepMs: MINUTE };

  it("gives one column for every server, NaN where it has no value", async () => {
    const { timesMs, columns } = await evaluateByServer("m > 2", source, range, "server");
    expect([...timesMs]).toEqual([MINUTE, 2 * MINUTE, 3 * MINUTE]);
    expect(Object.fromEntries([...columns].map(([server, column]) => [server, [...column]]))).toEqual({
      a: [Number.NaN, Number.NaN, 3],
      b: [Number.NaN, 4, 6],
    });
  });

  it.each([
    ["sum(m)", "server", "the label server on every series"],
    ['m or label_replace(m{server="a"}, "x", "y", "", "")', "server", "one series for each server"],
    ["m[5m]", "server", "a scalar or an instant vector"],
  ])("refuses %s by %s", async (query, label, message) => {
    await expect(evaluateByServer(query, source, range, label)).rejects.toThrow(message);
  });
});

describe("parseSelectorQuery", () => {
  it("takes selectors and nothing else", () => {
    expect(parseSelectorQuery('{__name__!="", a=~"b|c"}').map(({ matches }) => matches("b"))).toEqual([true, true]);
    for (const text of ["m offset 5m", "m[5m]", "1", "m @ 0"])
      expect(() => parseSelectorQuery(text)).toThrow("a selector");
  });
});
