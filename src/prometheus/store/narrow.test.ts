import { describe, expect, it, test } from "vitest";
import { memorySource, rangeQuery } from "../../promql/index.ts";
import { BUILT_IN_MAPPINGS, readMapping } from "../mapping/read-mapping.ts";
import { narrowExpression } from "./narrow.ts";

describe("narrowExpression", () => {
  test.each([
    ["up", 'up{host=~"a|b\\\\.c"}'],
    ['sum by (host) (rate(x{mode!="idle"}[5m]))', 'sum by (host) (rate(x{mode!="idle", host=~"a|b\\\\.c"}[5m]))'],
    ["sum without (cpu) (x)", 'sum without (cpu) (x{host=~"a|b\\\\.c"})'],
    ["100 * (1 - x / y)", '100 * (1 - x{host=~"a|b\\\\.c"} / y{host=~"a|b\\\\.c"})'],
    ["x / on (site) group_left () y", 'x{host=~"a|b\\\\.c"} / on (site) group_left () y'],
    ["y / on (site) group_right () x", 'y / on (site) group_right () x{host=~"a|b\\\\.c"}'],
    ["x * on (id) group_left (host) y", 'x * on (id) group_left (host) y{host=~"a|b\\\\.c"}'],
    ["x unless on (site) y", 'x{host=~"a|b\\\\.c"} unless on (site) y'],
    ["x and y", 'x{host=~"a|b\\\\.c"} and y{host=~"a|b\\\\.c"}'],
    ["x or y", 'x{host=~"a|b\\\\.c"} or y{host=~"a|b\\\\.c"}'],
    ["max_over_time(x[5m:1m])", 'max_over_time(x{host=~"a|b\\\\.c"}[5m:1m])'],
    [
      'label_replace(x, "role", "$1", "job", "(.+)")',
      'label_replace(x{host=~"a|b\\\\.c"}, "role", "$1", "job", "(.+)")',
    ],
    ["clamp_max(x, scalar(y))", 'clamp_max(x{host=~"a|b\\\\.c"}, scalar(y))'],
  ])("%s", (expression, expected) => {
    expect(narrowExpression(expression, "host")?.(["a", "b.c"])).toBe(expected);
  });

  test.each([
    ["sum(x)", "the label is gone"],
    ["sum without (host) (x)", "the label is gone"],
    ['label_replace(x, "host", "$1", "node", "(.+)")', "the label is made"],
    ['label_join(x, "host", "/", "a", "b")', "the label is made"],
    ['count_values by (host) ("host", x)', "the label is made"],
    ["absent(x)", "there is no series"],
    ["vector(1)", "there is no series"],
    ["x / on (site) y", "the label is gone"],
    ["x / ignoring (host) y", "the label is gone"],
    ["x or on (site) y", "a server hides another one"],
  ])("%s cannot be asked in parts: %s", (expression) => {
    expect(narrowExpression(expression, "host")).toBeNull();
  });

  it("the built-in mapping node can be asked in parts, container cannot", () => {
    const isNarrow = Object.keys(BUILT_IN_MAPPINGS).map((name) => {
      const { metrics, serverLabel, present } = readMapping(name);
      const expressions = [...metrics.map(({ expression }) => expression), ...(present === null ? [] : [present])];
      return [name, expressions.every((expression) => narrowExpression(expression, serverLabel) !== null)];
    });
    expect(isNarrow).toEqual([
      ["node", true],
      ["container", false],
    ]);
  });

  test.each([
    "x",
    "x / y",
    "x * on (site) group_left () z",
    "sum by (host) (x) or sum by (host) (y)",
    "topk by (host) (1, x)",
    "x < on (host, cpu, site) y and on (site) z",
    "x unless y > 4",
  ])("%s gives what it gives in whole, without the others", async (expression) => {
    const range = { startMs: 600_000, endMs: 900_000, stepMs: 60_000 };
    const answer = async (query: string) => (await rangeQuery(query, source, range)).result;
    const whole = await answer(expression);
    expect(whole.length).toBeGreaterThan(1);
    for (const values of [["h0"], ["h1", "h.2"], ["h3", "nobody"]]) {
      const expected = whole.filter(({ metric }) => values.includes(metric["host"]!));
      expect(await answer(narrowExpression(expression, "host")!(values))).toEqual(expected);
    }
  });
});

/** x and y of two processors of four hosts, z of their two sites. */
const source = memorySource([
  ...["h0", "h1", "h.2", "h3"].flatMap((host, h) =>
    [0, 1].flatMap((cpu) =>
      ["x", "y"].map((name, n) => series({ __name__: name, host, cpu: `${cpu}`, site: `s${h % 2}` }, h + cpu + 2 * n)),
    ),
  ),
  series({ __name__: "z", site: "s0" }, 2),
  series({ __name__: "z", site: "s1" }, 4),
]);

function series(labels: Record<string, string>, value: number) {
  const timesMs = Float64Array.from({ length: 20 }, (_, i) => i * 60_000);
  return { labels, timesMs, values: timesMs.map((timeMs) => value + Math.sin(timeMs)) };
}
