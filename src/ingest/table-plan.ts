// A mapping applied to one table: which columns are wrong, and the fields of its rows.
import { basename } from "node:path";
import type { Issue } from "../base/index.ts";
import { type Contract, excludedColumnReason } from "../contract/index.ts";
import type { Field } from "./field.ts";
import { serverField, timestampField, valueFields } from "./fields.ts";
import type { SourceTable } from "./inspect.ts";
import type { Mapping } from "./mapping.ts";
import { sourceReader } from "./source-reader.ts";

/** How the rows of one table become canonical. */
export interface TablePlan {
  table: SourceTable;
  mapping: Mapping;
  /** Undefined when the time comes from the row's number, or when the column is absent. */
  timestamp: Field | undefined;
  /** Undefined when the name comes from the file or is a constant, or when the column is absent. */
  server: Field | undefined;
  values: Field[];
  /** False when every row would lack its time or its server. */
  isReadable: boolean;
  /** Unknown, missing and excluded columns. */
  issues: Issue[];
}

/** Plans the reading of `table`; columns that are absent are reported and read as missing. */
export function planTable(table: SourceTable, mapping: Mapping, contract: Contract): TablePlan {
  const has = (column: string): boolean => table.columns.has(column);
  const read = sourceReader(table.columns, mapping.csv.missing);
  const timeColumn = "column" in mapping.timestamp ? mapping.timestamp : undefined;
  const serverColumn = "column" in mapping.server ? mapping.server.column : undefined;
  const hasTime = timeColumn === undefined || has(timeColumn.column);
  const hasServer = serverColumn === undefined || has(serverColumn);
  return {
    table,
    mapping,
    timestamp: timeColumn !== undefined && hasTime ? timestampField(timeColumn, read) : undefined,
    server: serverColumn !== undefined && hasServer ? serverField(serverColumn, read) : undefined,
    values: valueFields(contract, mapping, has, read),
    isReadable: hasTime && hasServer,
    issues: [...missingColumns(table, mapping, contract), ...unexpectedColumns(table, mapping)],
  };
}

function missingColumns(table: SourceTable, mapping: Mapping, contract: Contract): Issue[] {
  const first = basename(table.paths[0]!);
  const issues: Issue[] = [];
  const report = (path: string, message: string): void => {
    issues.push({ code: "column_missing", path, message, first });
  };
  for (const [canonical, columns] of sourcesByName(mapping)) {
    for (const column of columns.filter((name) => !table.columns.has(name))) {
      report(canonical, column === canonical ? "Expected this column" : `Expected the column ${column}`);
    }
  }
  for (const metric of contract.metrics) {
    if (metric.required && mapping.metrics[metric.name] === undefined)
      report(metric.name, "Expected this metric, which is required");
  }
  for (const label of contract.labels) {
    if (label.required && mapping.labels[label.name] === undefined)
      report(label.name, "Expected this label, which is required");
  }
  return issues;
}

function unexpectedColumns(table: SourceTable, mapping: Mapping): Issue[] {
  const used = new Set([...sourcesByName(mapping)].flatMap(([, columns]) => columns));
  const dropped = new Set(mapping.drop);
  const first = basename(table.paths[0]!);
  return [...table.columns.keys()].flatMap((column): Issue[] => {
    const reason = excludedColumnReason(column);
    if (reason !== undefined && !dropped.has(column)) {
      return [{ code: "column_excluded", path: column, message: `Expected no such column: ${reason}`, first }];
    }
    if (used.has(column) || dropped.has(column)) return [];
    return [{ code: "column_unknown", path: column, message: "Expected no such column", first }];
  });
}

/** Source columns by canonical name. */
function sourcesByName(mapping: Mapping): Map<string, string[]> {
  const column = (source: object): string[] => ("column" in source ? [source.column as string] : []);
  return new Map([
    ["timestamp", column(mapping.timestamp)],
    ["server", column(mapping.server)],
    ...Object.entries(mapping.labels).map(([name, source]): [string, string[]] => [name, column(source)]),
    ["state", mapping.state === undefined ? [] : column(mapping.state)],
    ...Object.entries(mapping.metrics).map(([name, source]): [string, string[]] => [
      name,
      [source.column, source.per, source.missingWhen?.column].filter((item) => item !== undefined),
    ]),
    ...Object.entries(mapping.texts).map(([name, source]): [string, string[]] => [name, [source.column]]),
    ["missingWhen", mapping.missingWhen === undefined ? [] : [mapping.missingWhen.column]],
  ]);
}
