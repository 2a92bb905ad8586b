// The field of a metric: ratio, scale, offset and conditions of the mapping; finite and in the contract's range.
import { type Metric, rangeText } from "../contract/index.ts";
import { sqlName, sqlText } from "../store/index.ts";
import type { Field } from "./field.ts";
import type { Condition, Mapping, MetricMapping } from "./mapping.ts";
import type { SourceReader } from "./source-reader.ts";

/** A metric: converted, NaN read as missing, infinities and values out of range found. */
export function metricField(
  metric: Metric,
  mapping: MetricMapping,
  options: Pick<Mapping, "missingWhen" | "outOfRange">,
  read: SourceReader,
): Field {
  const helperName = `forewarn:metric:${metric.name}`;
  const helper = sqlName(helperName);
  const sources = mapping.per === undefined ? [mapping.column] : [mapping.column, mapping.per];
  const outside = outsideRange(metric, helper);
  const isOutside = outside === undefined ? "false" : `(isfinite(${helper}) AND (${outside}))`;
  return {
    name: metric.name,
    helper: { name: helperName, sql: convertedSql(metric, mapping, options.missingWhen, read) },
    value: `CASE WHEN isfinite(${helper}) THEN ${inRange(metric, options.outOfRange, helper, isOutside)} END`,
    checks: [
      {
        code: "column_type",
        bad: metric.kind === "flag" ? isNotFlag(mapping.column, read) : sources.map(read.isNotNumber).join(" OR "),
        example: sources.map((column) => `${sqlName(column)}::VARCHAR`).join(" || ' per ' || "),
        expected: metric.kind === "flag" ? "0 or 1" : "a number",
      },
      { code: "value_not_finite", bad: `isinf(${helper})`, example: `${helper}::VARCHAR`, expected: "a finite number" },
      {
        code: "value_out_of_range",
        bad: isOutside,
        example: `${helper}::VARCHAR`,
        expected: rangeText(metric),
        isNote: options.outOfRange !== "refuse",
      },
    ],
  };
}

function isNotFlag(column: string, read: SourceReader): string {
  return `(${read.isNotNumber(column)} AND lower(${read.text(column)}) NOT IN ('true', 'false'))`;
}

function convertedSql(
  metric: Metric,
  mapping: MetricMapping,
  always: Condition | undefined,
  read: SourceReader,
): string {
  let value = read.number(mapping.column);
  if (metric.kind === "flag") {
    const truth = `CASE lower(${read.text(mapping.column)}) WHEN 'true' THEN 1.0 WHEN 'false' THEN 0.0 END`;
    value = `coalesce(${value}, ${truth})`;
  }
  if (mapping.per !== undefined) value = `${value} / nullif(${read.number(mapping.per)}, 0)`;
  if (mapping.scale !== 1) value = `${value} * ${mapping.scale}`;
  if (mapping.offset !== 0) value = `${value} + ${mapping.offset}`;
  const conditions = [always, mapping.missingWhen].filter((condition) => condition !== undefined);
  if (conditions.length === 0) return value;
  return `CASE WHEN ${conditions.map((condition) => conditionSql(condition, read)).join(" OR ")} THEN NULL ELSE ${value} END`;
}

function conditionSql({ column, equals }: Condition, read: SourceReader): string {
  const sql =
    typeof equals === "number" ? `${read.number(column)} = ${equals}` : `${read.text(column)} = ${sqlText(equals)}`;
  return `(${sql})`;
}

function outsideRange({ kind, min, max }: Metric, value: string): string | undefined {
  if (kind === "flag") return `${value} NOT IN (0, 1)`;
  const bounds = [min === null ? [] : `${value} < ${min}`, max === null ? [] : `${value} > ${max}`].flat();
  return bounds.length === 0 ? undefined : bounds.join(" OR ");
}

function inRange(metric: Metric, policy: Mapping["outOfRange"], value: string, isOutside: string): string {
  if (policy === "refuse" || isOutside === "false") return value;
  if (policy === "missing") return `CASE WHEN NOT ${isOutside} THEN ${value} END`;
  const raised = metric.min === null ? value : `greatest(${value}, ${metric.min})`;
  return metric.max === null ? raised : `least(${raised}, ${metric.max})`;
}
