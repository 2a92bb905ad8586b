// Random well-typed queries over the series of promql-data.ts, as text. Without topk, which may choose among equals, and
// stddev, in which Prometheus 2.42 differs from 3, as in rates of counters that begin far within the range; no step of a
// subquery lies on the left end of a range.
import fc from "fast-check";

const SELECTORS = [
  "demo_memory_usage_bytes",
  'demo_memory_usage_bytes{type=~"f.*|used"}',
  'demo_memory_usage_bytes{type!~".+ed", instance!="demo:10001"}',
  "demo_cpu_usage_seconds_total",
  'demo_cpu_usage_seconds_total{mode!="idle", job!=""}',
  'demo_cpu_usage_seconds_total{instance=~".*[12]"}',
  "demo_num_cpus",
  "demo_intermittent_metric",
  "demo_odd",
  'demo_odd{kind=~"n.+", job=""}',
  'demo_num_cpus{instance=~"none|"}',
];
const LABELS = ["instance", "type", "mode", "kind", "job"];
const DURATIONS = ["30s", "1m", "5m", "10m"];
const from = (items: readonly string[]) => fc.constantFrom(...items);
const some = (items: readonly string[]) => fc.subarray([...items], { maxLength: 2 }).map((chosen) => chosen.join(", "));

const selector = from(SELECTORS);
const modifier = fc.oneof(
  { weight: 4, arbitrary: fc.constant("") },
  from([" offset 1m", " offset -2m", " @ end()", " @ start()"]),
);

const queries = fc.letrec<{ scalar: string; vector: string; matrix: string }>((tie) => ({
  scalar: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    from(["0", "1", "0.5", "2.5e3", "Inf", "time()"]),
    tie("vector").map((one) => `scalar(${one})`),
    fc
      .tuple(tie("scalar"), from(["+", "-", "*", "/", "== bool", "> bool"]), tie("scalar"))
      .map(([a, o, b]) => `(${a} ${o} ${b})`),
  ),
  matrix: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.tuple(selector, from(DURATIONS), modifier).map(([one, range, rest]) => `${one}[${range}]${rest}`),
    fc.tuple(tie("vector"), from(["5m1ms:1m", "3m1ms:17s", "10m1ms:"])).map(([one, range]) => `(${one})[${range}]`),
  ),
  vector: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.tuple(selector, modifier).map(([one, rest]) => `${one}${rest}`),
    fc
      .tuple(from(["delta", "irate", "avg_over_time", "max_over_time", "changes", "resets", "deriv"]), tie("matrix"))
      .map(([name, one]) => `${name}(${one})`),
    fc.tuple(selector, from(DURATIONS), modifier).map(([one, range, rest]) => `rate(${one}[${range}]${rest})`),
    fc
      .tuple(from(["abs", "-", "ceil", "sgn", "floor", "timestamp", "absent", "sort"]), tie("vector"))
      .map(([name, one]) => `${name}(${one})`),
    fc
      .tuple(from(["sum", "avg", "min", "max", "count", "group"]), from(["by", "without"]), some(LABELS), tie("vector"))
      .map(([name, by, labels, one]) => `${name} ${by} (${labels}) (${one})`),
    fc
      .tuple(from(["quantile"]), from(["0.5", "1", "2"]), some(LABELS), tie("vector"))
      .map(([name, k, labels, one]) => `${name} by (${labels}) (${k}, ${one})`),
    fc
      .tuple(tie("vector"), from(["+", "-", "*", "/", "^", "%", "==", "> bool", "<="]), tie("scalar"))
      .map(([a, o, b]) => `(${a} ${o} ${b})`),
    fc.tuple(tie("scalar"), from(["+", "/", "<", "!= bool"]), tie("vector")).map(([a, o, b]) => `(${a} ${o} ${b})`),
    fc
      .tuple(
        tie("vector"),
        from(["+", "/", "> bool", "<=", "and", "or", "unless"]),
        from(["", "on", "ignoring"]),
        some(LABELS),
        tie("vector"),
      )
      .map(([a, o, on, labels, b]) => `(${a} ${o} ${on === "" ? "" : `${on} (${labels})`} ${b})`),
    fc
      .tuple(tie("vector"), from(["*", "-", ">="]), from(["left", "right"]), some(LABELS), tie("vector"))
      .map(
        ([a, o, side, include, b]) =>
          `(${a} ${o} on (instance) group_${side} (${include.replace(/instance(, )?/, "")}) ${b})`,
      ),
    tie("vector").map((one) => `label_replace(${one}, "kind", "x$1", "instance", "demo:1(.*)")`),
  ),
}));

/** A query that gives an instant vector. */
export const arbitraryQuery: fc.Arbitrary<string> = queries.vector;
