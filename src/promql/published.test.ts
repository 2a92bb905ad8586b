// Values that Prometheus publishes for its own tests (prometheus/prometheus promql/promqltest/testdata/*.test, at the
// semantics of version 3), on series cut down to what each value needs.
import { describe, expect, it } from "vitest";
import { loadSeries, rowsOf, valuesAt } from "../../test/support/promql-cases.ts";
import { queryErrorType } from "./index.ts";

const MINUTE = 60_000;

/** Query, instant in seconds, values by labels; null where the query fails. */
type Case = [query: string, seconds: number, expected: Record<string, number> | null];

/** Runs cases of one published file. */
function published(file: string, stepMs: number, series: Record<string, string>, cases: Case[]): void {
  describe(file, () => {
    const source = loadSeries(stepMs, series);
    it.each(cases)("%s at %d s", async (query, seconds, expected) => {
      if (expected === null) {
        const error = await valuesAt(query, source, seconds * 1000).catch((thrown: unknown) => thrown);
        expect(queryErrorType(error)?.errorType).toBe("execution");
        return;
      }
      const found = await valuesAt(query, source, seconds * 1000);
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
      for (const [labels, value] of Object.entries(expected)) expectClose(found[labels]!, value);
    });
  });
}

function expectClose(found: number, expected: number): void {
  if (Number.isFinite(expected))
    expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
  else expect(found).toBe(expected);
}

const REQUESTS = Object.fromEntries(
  ["api-server", "app-server"].flatMap((job, a) =>
    ["production", "canary"].flatMap((group, b) =>
      ["0", "1"].map((instance, c) => [
        `http_requests_total{group="${group}",instance="${instance}",job="${job}"}`,
        `0+${10 * (1 + c + 2 * b + 4 * a)}x10`,
      ]),
    ),
  ),
);
const of = (group: string, instance: string, job: string) => `group="${group}", instance="${instance}", job="${job}"`;

published("aggregators.test", 5 * MINUTE, REQUESTS, [
  [
    'SUM BY (group) (http_requests_total{job="api-server"})',
    3000,
    { '{group="canary"}': 700, '{group="production"}': 300 },
  ],
  [
    'avg by (group) (http_requests_total{job="api-server"})',
    3000,
    { '{group="canary"}': 350, '{group="production"}': 150 },
  ],
  ["sum(http_requests_total) by (job, nonexistent)", 3000, { '{job="api-server"}': 1000, '{job="app-server"}': 2600 }],
  ["sum by () (http_requests_total)", 3000, { "{}": 3600 }],
  [
    "sum(http_requests_total) by (job) + min(http_requests_total) by (job) + max(http_requests_total) by (job) + avg(http_requests_total) by (job)",
    3000,
    { '{job="app-server"}': 4550, '{job="api-server"}': 1750 },
  ],
  ["stddev(http_requests_total)", 3000, { "{}": 229.12878474779 }],
  ["stdvar by (instance)(http_requests_total)", 3000, { '{instance="0"}': 50000, '{instance="1"}': 50000 }],
  [
    'round(5.2 + 0.0005 * sum(http_requests_total{instance="0",group="production",job="api-server"}), 0.1)',
    3000,
    { "{}": 5.3 },
  ],
  [
    'round(-1 * (0.005 * sum(http_requests_total{instance="1",group="production",job="api-server"})))',
    3000,
    { "{}": -1 },
  ],
  [
    "topk by (group) (1, http_requests_total)",
    3000,
    {
      [`http_requests_total{${of("production", "1", "app-server")}}`]: 600,
      [`http_requests_total{${of("canary", "1", "app-server")}}`]: 800,
    },
  ],
  ["topk(NaN, http_requests_total)", 3000, null],
]);

published(
  "aggregators.test, values",
  5 * MINUTE,
  {
    'a{g="p",i="0"}': "1",
    'a{g="p",i="1"}': "2",
    'a{g="c",i="0"}': "NaN",
    'a{g="c",i="1"}': "3",
    'data{test="two",point="a"}': "0",
    'data{test="two",point="b"}': "1",
    'data{test="uneven",point="a"}': "0",
    'data{test="uneven",point="b"}': "1",
    'data{test="uneven",point="c"}': "4",
    'version{job="api",i="0"}': "6",
    'version{job="api",i="1"}': "6",
    'version{job="app",i="0"}': "7",
    'huge{i="0"}': "1.7e308",
    'huge{i="1"}': "1.7e308",
    'kahan{i="0"}': "1e100",
    'kahan{i="1"}': "5",
    'kahan{i="2"}': "-1e100",
  },
  [
    ["max by (g) (a)", 0, { '{g="p"}': 2, '{g="c"}': 3 }],
    ["min by (g) (a)", 0, { '{g="p"}': 1, '{g="c"}': 3 }],
    ["quantile without(point)(0.8, data)", 60, { '{test="two"}': 0.8, '{test="uneven"}': 2.8 }],
    ["quantile without(point)(NaN, data)", 60, { '{test="two"}': Number.NaN, '{test="uneven"}': Number.NaN }],
    ['count_values("version", version)', 60, { '{version="6"}': 2, '{version="7"}': 1 }],
    ['count_values by (job)(((("job"))), version)', 60, { '{job="6"}': 2, '{job="7"}': 1 }],
    ['group without(point) (data{test="two"})', 60, { '{test="two"}': 1 }],
    ["avg(huge)", 60, { "{}": 1.7e308 }],
    ["sum(kahan)", 60, { "{}": 5 }],
    ["stddev(a{i='0',g='c'})", 60, { "{}": Number.NaN }],
  ],
);

published("operators.test", 5 * MINUTE, { ...REQUESTS, 'a{l="x"}': "0+1x100", 'a{l="y"}': "0+2x50" }, [
  ["2 - SUM(http_requests_total) BY (job)", 3000, { '{job="api-server"}': -998, '{job="app-server"}': -2598 }],
  ["-2^---1*3", 3000, { "": -1.5 }],
  ["2/-2^---1*3+2", 3000, { "": -10 }],
  [
    "-10^3 * - SUM(http_requests_total) BY (job) ^ -1",
    3000,
    { '{job="api-server"}': 1, '{job="app-server"}': 0.38461538461538464 },
  ],
  ["SUM(http_requests_total) BY (job) % 2 ^ 3 ^ 2", 3000, { '{job="api-server"}': 488, '{job="app-server"}': 40 }],
  ["SUM(http_requests_total) BY (job) % 0.3", 3000, { '{job="api-server"}': 0.1, '{job="app-server"}': 0.2 }],
  ["1000 < SUM(http_requests_total) BY (job)", 3000, { '{job="app-server"}': 2600 }],
  ["SUM(http_requests_total) BY (job) == bool 1000", 3000, { '{job="api-server"}': 1, '{job="app-server"}': 0 }],
  [
    'http_requests_total{group="canary",job="app-server"} / ignoring(group) http_requests_total{group="production"}',
    3000,
    { '{instance="0", job="app-server"}': 1.4, '{instance="1", job="app-server"}': 1.3333333333333333 },
  ],
  [
    'http_requests_total{group="canary",job="api-server"} unless on(instance) http_requests_total{instance="0"}',
    3000,
    { [`http_requests_total{${of("canary", "1", "api-server")}}`]: 400 },
  ],
  [
    'http_requests_total{group="canary",job="api-server"} or on(instance) (http_requests_total or cpu_count or a)',
    3000,
    {
      [`http_requests_total{${of("canary", "0", "api-server")}}`]: 300,
      [`http_requests_total{${of("canary", "1", "api-server")}}`]: 400,
      'a{l="x"}': 10,
      'a{l="y"}': 20,
    },
  ],
  ['-{__name__=~"http_requests_total|a",job!~".+"} or http_requests_total / on() a', 3000, null],
  [
    "rate(http_requests_total{job='app-server',instance='0',group='production'}[25m]) * 25 * 60",
    3000,
    { [`{${of("production", "0", "app-server")}}`]: 250 },
  ],
]);

published(
  "operators.test, matching",
  5 * MINUTE,
  {
    'node_var{instance="abc",job="node"}': "2",
    'node_role{instance="abc",job="node",role="prometheus"}': "1",
    'node_cpu{instance="abc",job="node",mode="idle"}': "3",
    'node_cpu{instance="abc",job="node",mode="user"}': "1",
    'random{foo="bar"}': "1",
    'threshold{instance="abc",job="node",target="a@b.com"}': "0",
    'double{src="a",n="1"}': "1",
    'double{src="a",n="2"}': "1",
    trigy: "10",
    trigx: "20",
  },
  [
    [
      "node_role * on (instance) group_right (role) node_var",
      60,
      { '{instance="abc", job="node", role="prometheus"}': 2 },
    ],
    [
      "node_var * ignoring (role) group_left (role) node_role",
      60,
      { '{instance="abc", job="node", role="prometheus"}': 2 },
    ],
    [
      "node_cpu / on (instance) group_left sum by (instance,job)(node_cpu)",
      60,
      { '{instance="abc", job="node", mode="idle"}': 0.75, '{instance="abc", job="node", mode="user"}': 0.25 },
    ],
    [
      "node_cpu + on(dummy) group_left(foo) random*0",
      60,
      {
        '{foo="bar", instance="abc", job="node", mode="idle"}': 3,
        '{foo="bar", instance="abc", job="node", mode="user"}': 1,
      },
    ],
    [
      "node_cpu > on(job, instance) group_left(target) threshold",
      60,
      {
        'node_cpu{instance="abc", job="node", mode="idle", target="a@b.com"}': 3,
        'node_cpu{instance="abc", job="node", mode="user", target="a@b.com"}': 1,
      },
    ],
    ["node_cpu * on(instance) node_var", 60, null],
    ["node_var * on(instance) node_cpu", 60, null],
    ["random * on() group_left double", 60, null],
    ["trigy atan2 trigx", 60, { "{}": 0.4636476090008061 }],
    ['-{__name__=~"trig.", foo=""}', 60, null],
    ["1 ^ NaN", 60, { "": 1 }],
  ],
);

published(
  "functions.test, resets and changes",
  5 * MINUTE,
  {
    'h{path="/foo"}': "1 2 3 0 1 0 0 1 2 0",
    'h{path="/bar"}': "1 2 3 4 5 1 2 3 4 5",
    'x{a="b"}': "NaN NaN NaN",
    'x{a="c"}': "0 NaN 0",
  },
  [
    ["resets(h[5m])", 3000, {}],
    ["resets(h[600])", 3000, { '{path="/foo"}': 0, '{path="/bar"}': 0 }],
    ["resets(h[32m])", 3000, { '{path="/foo"}': 2, '{path="/bar"}': 1 }],
    ["resets(h[50m])", 3000, { '{path="/foo"}': 3, '{path="/bar"}': 1 }],
    ["changes((h[50m]))", 3000, { '{path="/foo"}': 7, '{path="/bar"}': 8 }],
    ["changes(x[20m])", 900, { '{a="b"}': 0, '{a="c"}': 2 }],
  ],
);

published(
  "functions.test, rates",
  5 * MINUTE,
  {
    'h{path="/foo"}': "0+10x10",
    'h{path="/bar"}': "0+18x5 0+18x5",
    'h{path="/dings"}': "10+10x10",
    'h{path="/bumms"}': "1+10x10",
    reset: "0 1 2 3 2 3 4",
    middle: "0+27x4 0+27x5",
    end: "0+10x9 0 10",
    odd: "1 NaN NaN 5 11",
    'd{path="/foo"}': "0 50 100 150 200",
    'd{path="/bar"}': "200 150 100 50 0",
    line: "0+10x4 0+10x5",
    infinite: "-Inf 0+80x10 Inf",
  },
  [
    [
      "increase(h[50m])",
      3000,
      { '{path="/foo"}': 100, '{path="/bar"}': 160, '{path="/dings"}': 100, '{path="/bumms"}': 100 },
    ],
    [
      "increase(h[100m])",
      3000,
      { '{path="/foo"}': 100, '{path="/bar"}': 162, '{path="/dings"}': 105, '{path="/bumms"}': 101 },
    ],
    ["increase(reset[30m])", 1800, { "{}": 7 }],
    ["rate(middle[50m])", 3000, { "{}": 0.08 }],
    ["rate(end[5m])", 3000, {}],
    ["rate(end[6m])", 3000, { "{}": 0 }],
    ["irate(h{path=~'/(foo|bar)'}[50m])", 1800, { '{path="/foo"}': 1 / 30, '{path="/bar"}': 0 }],
    ["delta(d[20m])", 1200, { '{path="/foo"}': 200, '{path="/bar"}': -200 }],
    ["idelta(d[20m])", 1200, { '{path="/foo"}': 50, '{path="/bar"}': -50 }],
    ["deriv(line[100m])", 3000, { "{}": 0.010606060606060607 }],
    ["predict_linear(line[50m], 3600)", 3000, { "{}": 70 }],
    ["predict_linear(line[55m] @ 3000, 1h)", 600, { "{}": 51.36363636363637 }],
    ["predict_linear(line[55m] @ 3000, 3600)", 4200, { "{}": 89.54545454545455 }],
    ["deriv(infinite[100m])", 6000, { "{}": Number.NaN }],
  ],
);

published(
  "functions.test, zero cutoff",
  4 * MINUTE,
  Object.fromEntries(Array.from({ length: 6 }, (_, start) => [`zero{start="${start}m"}`, `${60 * start}+240x10`])),
  [
    [
      "rate(zero[20m])",
      600,
      {
        '{start="0m"}': 0.5,
        '{start="1m"}': 0.55,
        '{start="2m"}': 0.6,
        '{start="3m"}': 0.6,
        '{start="4m"}': 0.6,
        '{start="5m"}': 0.6,
      },
    ],
    ['rate(zero{start="5m"}[20m])', 3000, { '{start="5m"}': 0.6 }],
  ],
);

published(
  "functions.test, labels and values",
  5 * MINUTE,
  {
    't{src="source-value-10",dst="original"}': "0",
    't{src="source-value-20",dst="original"}': "1",
    'j{src="a",src1="b",dst="original"}': "0",
    'dup{label="a",this="a"}': "1",
    'dup{label="b",this="a"}': "1",
    'c{src="a"}': "-50",
    'c{src="b"}': "0",
    'c{src="c"}': "100",
    'c{src="d"}': "NaN",
  },
  [
    [
      'label_replace(t, "dst", "destination-value-$1", "src", "source-value-(.*)")',
      0,
      {
        't{dst="destination-value-10", src="source-value-10"}': 0,
        't{dst="destination-value-20", src="source-value-20"}': 1,
      },
    ],
    [
      'label_replace(t, "dst", "x", "src", "value-(.*)")',
      0,
      { 't{dst="original", src="source-value-10"}': 0, 't{dst="original", src="source-value-20"}': 1 },
    ],
    [
      'label_replace(t{src=~".*10"}, "dst", "value-$1", "nonexistent-src", "(.*)")',
      0,
      { 't{dst="value-", src="source-value-10"}': 0 },
    ],
    ['label_replace(t{src=~".*10"}, "dst", "", "dst", ".*")', 0, { 't{src="source-value-10"}': 0 }],
    ['label_replace(t, "dst", "value-$1", "src", "(.*")', 0, null],
    ['label_replace(t, "src", "", "", "")', 0, null],
    ['label_join(j, "dst", "-", "src", "src3", "src1")', 0, { 'j{dst="a--b", src="a", src1="b"}': 0 }],
    ['label_join(j, "dst", ", ")', 0, { 'j{src="a", src1="b"}': 0 }],
    ['label_join(dup, "label", "", "this")', 0, null],
    ["clamp(c, -25, 75)", 0, { '{src="a"}': -25, '{src="b"}': 0, '{src="c"}': 75, '{src="d"}': Number.NaN }],
    ["clamp(c{src='a'}, 0, NaN)", 0, { '{src="a"}': Number.NaN }],
    ["clamp(c, 5, -5)", 0, {}],
    ["sgn(c)", 0, { '{src="a"}': -1, '{src="b"}': 0, '{src="c"}': 1, '{src="d"}': Number.NaN }],
    ["absent(c)", 0, {}],
    ['absent(none{job="a",job="b",foo="bar"})', 0, { '{foo="bar"}': 1 }],
    ["scalar(c)", 0, { "": Number.NaN }],
    ["vector(time())", 3600, { "{}": 3600 }],
    ["minute(vector(1136239445))", 0, { "{}": 4 }],
    ["hour(vector(1136239445))", 0, { "{}": 22 }],
    ["day_of_week(vector(1136239445))", 0, { "{}": 1 }],
    ["day_of_year(vector(1136239445))", 0, { "{}": 2 }],
    ["days_in_month(vector(1454284800))", 0, { "{}": 29 }],
    ["days_in_month(vector(1485907200))", 0, { "{}": 28 }],
    ["year(vector(1136239445))", 0, { "{}": 2006 }],
  ],
);

published("at_modifier.test", 10_000, { 'metric{job="1"}': "0+1x1000", 'metric{job="2"}': "0+2x1000" }, [
  ["metric @ 100 offset 50", 10, { 'metric{job="1"}': 5, 'metric{job="2"}': 10 }],
  ["metric offset -50s @ 0", 10, { 'metric{job="1"}': 5, 'metric{job="2"}': 10 }],
  ["---metric @ 1m40s", 10, { '{job="1"}': -10, '{job="2"}': -20 }],
  ['sum_over_time(metric{job="1"}[100s] @ 100 offset 50s)', 25, { '{job="1"}': 15 }],
  ['metric{job="1"} @ 50 + metric{job="1"} @ 100', 25, { '{job="1"}': 15 }],
  ['sum_over_time(metric{job="1"}[100s:1s] @ 100)', 25, { '{job="1"}': 460 }],
  ['sum_over_time(metric{job="1"}[100:1] offset 20 @ 100)', 25, { '{job="1"}': 288 }],
  ['sum_over_time(sum_over_time(metric{job="1"}[100s] @ 100)[100s:25s] @ 50)', 100, { '{job="1"}': 220 }],
  [
    'sum_over_time(sum_over_time(sum_over_time(metric{job="1"}[10s])[100s:25s] @ 50)[3s:1s] @ 200)',
    0,
    { '{job="1"}': 21 },
  ],
  [
    'sum_over_time(sum_over_time(sum_over_time(metric{job="1"}[20s])[20s:10s] offset 10s)[100s:25s] @ 1000)',
    0,
    { '{job="1"}': 1504 },
  ],
  ['timestamp(metric{job="1"} @ 10)', 600, { '{job="1"}': 10 }],
  ['timestamp(timestamp(metric{job="1"} @ 10))', 600, { '{job="1"}': 600 }],
  ["sum_over_time(minute()[50m:1m] @ 6000)", 0, { "{}": 1315 }],
  ["sum_over_time(minute()[50m:1m] @ 6000 offset 5m)", 0, { "{}": 1365 }],
  ["sum_over_time(vector(time())[100s:1s] @ 3000 offset 600s)", 0, { "{}": 235050 }],
]);

published("staleness.test", 10_000, { metric: "0 1 stale 2", single: "0" }, [
  ["metric", 10, { "metric{}": 1 }],
  ["metric", 20, {}],
  ["metric", 30, { "metric{}": 2 }],
  ["metric", 329, { "metric{}": 2 }],
  ["metric", 330, {}],
  ["count_over_time(metric[1m])", 30, { "{}": 3 }],
  ["count_over_time(metric[10s])", 20, {}],
  ["count_over_time(metric[20s])", 20, { "{}": 1 }],
  ["single", 299, { "single{}": 0 }],
  ["single", 300, {}],
]);

published("subquery.test", 10_000, { metric: "1 2", m1: "0+1x1000", m2: "0+2x1000", m3: "0+3x1000" }, [
  ["sum_over_time(metric[50s:10s])", 10, { "{}": 3 }],
  ["sum_over_time(metric[50s:5s])", 10, { "{}": 4 }],
  ["sum_over_time(m1[30s:10s])", 1000, { "{}": 297 }],
  ["sum_over_time(m1[30s:5s])", 1000, { "{}": 591 }],
  ["sum_over_time(m1[30s:10s] offset 3s)", 1010, { "{}": 297 }],
  ["rate(sum_over_time(m1[30s:10s])[50s:10s])", 1000, { "{}": 0.3 }],
  ["rate(sum_over_time((m1+m2+m3)[30s:10s])[30s:10s])", 1000, { "{}": 1.8 }],
]);

published(
  "histograms.test",
  5 * MINUTE,
  {
    'h_bucket{le="0.1",start="positive"}': "0+5x10",
    'h_bucket{le=".2",start="positive"}': "0+7x10",
    'h_bucket{le="1e0",start="positive"}': "0+11x10",
    'h_bucket{le="+Inf",start="positive"}': "0+12x10",
    'h_bucket{le="-.2",start="negative"}': "0+1x10",
    'h_bucket{le="-0.1",start="negative"}': "0+2x10",
    'h_bucket{le="0.3",start="negative"}': "0+2x10",
    'h_bucket{le="+Inf",start="negative"}': "0+3x10",
    'mixed_bucket{le="0.1"}': "0+1x10",
    'mixed_bucket{le="0.2"}': "0+1x10",
    'mixed_bucket{le="2e-1"}': "0+1x10",
    'mixed_bucket{le="+Inf"}': "0+4x10",
    'open_bucket{le="1"}': "0+1x10",
  },
  [
    ["histogram_quantile(-0.1, h_bucket)", 3000, { '{start="positive"}': -Infinity, '{start="negative"}': -Infinity }],
    ["histogram_quantile(1.01, h_bucket)", 3000, { '{start="positive"}': Infinity, '{start="negative"}': Infinity }],
    ["histogram_quantile(NaN, h_bucket)", 3000, { '{start="positive"}': Number.NaN, '{start="negative"}': Number.NaN }],
    ["histogram_quantile(0, h_bucket)", 3000, { '{start="positive"}': 0, '{start="negative"}': -0.2 }],
    ["histogram_quantile(1, h_bucket)", 3000, { '{start="positive"}': 1, '{start="negative"}': 0.3 }],
    ["histogram_quantile(0.2, h_bucket)", 3000, { '{start="positive"}': 0.048, '{start="negative"}': -0.2 }],
    ["histogram_quantile(0.5, rate(h_bucket[10m]))", 3000, { '{start="positive"}': 0.15, '{start="negative"}': -0.15 }],
    ["histogram_quantile(0.8, h_bucket)", 3000, { '{start="positive"}': 0.72, '{start="negative"}': 0.3 }],
    ["histogram_quantile(0.5, rate(mixed_bucket[10m]))", 3000, { "{}": 0.2 }],
    ["histogram_quantile(0.5, open_bucket)", 3000, { "{}": Number.NaN }],
  ],
);

describe("range_queries.test and operators.test over ranges", () => {
  it.each([
    ["sum_over_time(bar[30s])", 15_000, { bar: "0 1 10 100 1000" }, 30_000, 60_000, { "{}": "0 11 1100" }],
    [
      "sum_over_time(bar[30s])",
      30_000,
      { bar: "0 1 10 100 1000 10000 100000" },
      60_000,
      180_000,
      { "{}": "0 10 1000 100000" },
    ],
    [
      "foo > 2 or bar",
      30_000,
      { 'foo{job="1"}': "1+1x4", 'bar{job="2"}': "1+1x4" },
      60_000,
      120_000,
      { 'foo{job="1"}': "_ 3 5", 'bar{job="2"}': "1 3 5" },
    ],
    ["irate(odd[15m1s])", 300_000, { odd: "1 NaN NaN 5 11" }, 300_000, 1_200_000, { "{}": "_ NaN NaN NaN 0.02" }],
    [
      "left != right",
      360_000,
      { left: "1 2 _ _ 3 stale 4 5 NaN Inf -Inf", right: "4 _ _ 5 3 7 -1 20 NaN Inf -Inf" },
      360_000,
      3_600_000,
      { "left{}": "1 _ _ _ _ _ 4 5 NaN _ _" },
    ],
    [
      "left >= bool right",
      360_000,
      { left: "1 2 _ _ 3 stale 4 5 NaN Inf -Inf", right: "4 _ _ 5 3 7 -1 20 NaN Inf -Inf" },
      360_000,
      3_600_000,
      { "{}": "0 _ _ _ 1 _ 1 0 0 1 1" },
    ],
    [
      "3 < left",
      360_000,
      { left: "1 2 _ _ 3 stale 4 5 NaN Inf -Inf" },
      360_000,
      3_600_000,
      { "left{}": "_ _ _ _ _ _ 4 5 _ +Inf _" },
    ],
  ])("%s", async (query, loadMs, series, stepMs, endMs, expected) => {
    const source = loadSeries(loadMs, series as unknown as Record<string, string>);
    expect(await rowsOf(query, source, { startMs: 0, endMs, stepMs })).toEqual(expected);
  });
});
