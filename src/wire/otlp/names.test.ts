// Pairs from the tests of prometheus/otlptranslator: metric_namer_test.go, label_namer_test.go.
import { expect, test } from "vitest";
import { labelName, type MetricKind, metricName } from "./names.ts";

test.each<[string, string, MetricKind, string | null]>([
  ["requests", "", "counter", "requests_total"],
  ["requests_total", "", "counter", "requests_total"],
  ["requests.total.count", "", "counter", "requests_count_total"],
  ["items", "1", "counter", "items_total"],
  ["cpu_usage", "1", "gauge", "cpu_usage_ratio"],
  ["cpu_usage_ratio", "1", "gauge", "cpu_usage_ratio"],
  ["response_time", "ms", "gauge", "response_time_milliseconds"],
  ["memory_usage", "By", "gauge", "memory_usage_bytes"],
  ["response_time_seconds", "s", "gauge", "response_time_seconds"],
  ["requests", "1/s", "gauge", "requests_per_second"],
  ["requests", "1/s", "counter", "requests_per_second_total"],
  ["throughput", "By/s", "gauge", "throughput_bytes_per_second"],
  ["custom_metric", "custom_unit", "gauge", "custom_metric_custom_unit"],
  ["custom_metric", "{custom}", "gauge", "custom_metric"],
  ["custom_metric", "By/{custom}", "gauge", "custom_metric_bytes"],
  [
    "metric__with__multiple__underscores",
    "unit__multiple__underscores",
    "gauge",
    "metric_with_multiple_underscores_unit_multiple_underscores",
  ],
  ["custom_metric", "unit@with#special/chars", "gauge", "custom_metric_unit_with_special_per_chars"],
  ["request_duration", "s", "histogram", "request_duration_seconds"],
  ["active_connections", "", "upDownCounter", "active_connections"],
  ["uptime", "d", "gauge", "uptime_days"],
  ["123metric", "", "gauge", "_123metric"],
  ["system.cpu.time", "s", "counter", "system_cpu_time_seconds_total"],
  ["system.cpu.utilization", "1", "gauge", "system_cpu_utilization_ratio"],
  ["job:rate:5m", "", "gauge", "job:rate:5m"],
  ["@#$%", "", "gauge", null],
  ["", "", "gauge", null],
  ["", "", "counter", "total"],
])("metric %j in %j, a %s, is %j", (name, unit, kind, expected) => {
  expect(metricName(name, unit, kind)).toBe(expected);
});

test.each([
  ["label:with:colons", "label_with_colons"],
  ["LabelWithCapitalLetters", "LabelWithCapitalLetters"],
  ["label!with&special$chars)", "label_with_special_chars_"],
  ["label_with_foreign_characters_\u5b57\u7b26", "label_with_foreign_characters___"],
  ["label.with.dots", "label_with_dots"],
  ["123label", "key_123label"],
  ["_label_starting_with_underscore", "key_label_starting_with_underscore"],
  ["__label_starting_with_2underscores", "__label_starting_with_2underscores"],
  ["\u3088\u3046\u3053\u305d", null],
  ["", null],
])("label %j is %j", (name, expected) => {
  expect(labelName(name)).toBe(expected);
});
