import { expect, test } from "vitest";
import { createMetricsRegistry } from "./metrics-registry.ts";

test("writes every kind of metric in the exposition format", () => {
  const registry = createMetricsRegistry();
  const rows = registry.counter("rows_total", "Rows \\ by\noutcome.");
  rows.add();
  rows.add(2, { outcome: 'a"b\\c\nd' });
  rows.add(3, { outcome: 'a"b\\c\nd' });
  registry.gauge("temperature", "T.").set(Number.NEGATIVE_INFINITY);
  registry.gaugeFrom("age", "A.", () => undefined);
  registry.counterFrom("kept_total", "K.", () => 7);
  const seconds = registry.histogram("seconds", "S.", [0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 9]) seconds.observe(value, { route: "/" });
  expect(registry.text()).toBe(
    `# HELP rows_total Rows \\\\ by\\noutcome.
# TYPE rows_total counter
rows_total 1
rows_total{outcome="a\\"b\\\\c\\nd"} 5
# HELP temperature T.
# TYPE temperature gauge
temperature -Inf
# HELP age A.
# TYPE age gauge
# HELP kept_total K.
# TYPE kept_total counter
kept_total 7
# HELP seconds S.
# TYPE seconds histogram
seconds_bucket{route="/",le="0.1"} 2
seconds_bucket{route="/",le="1"} 3
seconds_bucket{route="/",le="+Inf"} 4
seconds_sum{route="/"} 9.65
seconds_count{route="/"} 4
`,
  );
  expect(() => registry.counter("rows_total", "again")).toThrow("registered");
});
