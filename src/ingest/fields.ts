// The fields of a row: one per canonical column. Builds SQL text only; nothing is run here.
import type { Contract } from "../contract/index.ts";
import { sqlName, sqlText } from "../store/index.ts";
import type { Field } from "./field.ts";
import type { CategoryMapping, Mapping, MetricMapping } from "./mapping.ts";
import { metricField } from "./metric-field.ts";
import type { SourceReader } from "./source-reader.ts";

const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);

/** Milliseconds since the epoch of a timestamp column. */
export function timestampField(
  mapping: { column: string; unit: "s" | "ms" | "us" | "ns" | "iso" },
  read: SourceReader,
): Field {
  const { column, unit } = mapping;
  const helper = sqlName("forewarn:time");
  const isValid = `${helper} BETWEEN ${EARLIEST_MS} AND ${LATEST_MS}`;
  return {
    name: "timestamp",
    helper: { name: "forewarn:time", sql: timeSql(column, unit, read) },
    value: `CASE WHEN ${isValid} THEN ${helper} END`,
    checks: [
      {
        code: "timestamp_invalid",
        bad: `(${isValid}) IS NOT TRUE`,
        example: `${sqlName(column)}::VARCHAR`,
        expected: `a time from 2000 to 2100 in unit ${unit}`,
      },
    ],
  };
}

function timeSql(column: string, unit: "s" | "ms" | "us" | "ns" | "iso", read: SourceReader): string {
  if (/^(TIMESTAMP|DATE)/.test(read.type(column))) return `epoch_ms(${sqlName(column)}::TIMESTAMPTZ)`;
  switch (unit) {
    case "iso":
      return `epoch_ms(TRY_CAST(${sqlName(column)}::VARCHAR AS TIMESTAMPTZ))`;
    case "s":
      return `TRY_CAST(${read.number(column)} * 1000 AS BIGINT)`;
    case "ms":
      return `TRY_CAST(${read.number(column)} AS BIGINT)`;
    case "us":
      return `${read.integer(column)} // 1000`;
    case "ns":
      return `${read.integer(column)} // 1000000`;
  }
}

/** Name of the server from a column. */
export function serverField(column: string, read: SourceReader): Field {
  const value = read.text(column);
  const check = { code: "server_missing", bad: `${value} IS NULL`, example: "''", expected: "a server name" } as const;
  return { name: "server", value, checks: [check] };
}

/** A label or the state: a text of the vocabulary, after the mapping's renames. */
export function categoryField(
  category: { name: string; values: readonly string[]; required?: boolean },
  mapping: CategoryMapping,
  read: SourceReader,
): Field {
  const value = "constant" in mapping ? sqlText(mapping.constant) : renamed(read.text(mapping.column), mapping.values);
  const isUnknown = `${value} NOT IN (${category.values.map(sqlText).join(", ")})`;
  return {
    name: category.name,
    value,
    checks: [
      {
        code: "category_unknown",
        bad: category.required === true ? `(${isUnknown}) IS NOT FALSE` : isUnknown,
        example: `coalesce(${value}, '')`,
        expected: `one of ${category.values.join(", ")}`,
      },
    ],
  };
}

function renamed(text: string, values: Readonly<Record<string, string>>): string {
  const cases = Object.entries(values).map(([from, to]) => `WHEN ${sqlText(from)} THEN ${sqlText(to)}`);
  return cases.length === 0 ? text : `CASE ${text} ${cases.join(" ")} ELSE ${text} END`;
}

function absentField(name: string): Field {
  return { name, value: "NULL", checks: [] };
}

/** Fields of a whole row in file order, without timestamp and server. */
export function valueFields(
  contract: Contract,
  mapping: Mapping,
  has: (column: string) => boolean,
  read: SourceReader,
): Field[] {
  const category = (
    item: { name: string; values: string[]; required?: boolean },
    source: CategoryMapping | undefined,
  ) =>
    source === undefined || ("column" in source && !has(source.column))
      ? absentField(item.name)
      : categoryField(item, source, read);
  const sourcesOf = (source: MetricMapping): string[] =>
    [source.column, source.per, source.missingWhen?.column, mapping.missingWhen?.column].filter((c) => c !== undefined);
  return [
    ...contract.labels.map((label) => category(label, mapping.labels[label.name])),
    ...(contract.state === null ? [] : [category(contract.state, mapping.state)]),
    ...contract.metrics.map((metric) => {
      const source = mapping.metrics[metric.name];
      return source !== undefined && sourcesOf(source).every(has)
        ? metricField(metric, source, mapping, read)
        : absentField(metric.name);
    }),
    ...contract.texts.map((name) => {
      const source = mapping.texts[name];
      return source !== undefined && has(source.column)
        ? { name, value: `${sqlName(source.column)}::VARCHAR`, checks: [] }
        : absentField(name);
    }),
  ];
}
