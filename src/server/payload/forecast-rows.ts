// Forecasts as flat rows, one per server, metric and step: for tools that read tables. JSON or CSV.
import type { ServedForecast } from "../services.ts";
import type { ForecastSelection } from "./forecast-json.ts";
import { roundingScale } from "./numbers.ts";

type Cell = string | number;

const FIXED = ["time", "server", "metric", "modelId", "contractHash", "forecastId", "issuedAt", "dataAgeMs"] as const;

/** Names of the columns: fixed ones, then `q0.1` and so on for the levels. */
export function rowColumns(levels: readonly number[]): string[] {
  return [...FIXED, ...levels.map((level) => `q${level}`)];
}

/** Visits the rows of a forecast; `time` and `issuedAt` are epoch milliseconds. */
export function visitRows(
  { record, dataMs }: ServedForecast,
  levels: readonly number[],
  { metrics }: ForecastSelection,
  nowMs: number,
  visit: (cells: Cell[]) => void,
): void {
  const { server, modelId, contractHash, forecastId, issuedAtMs, originMs, intervalMs } = record;
  const places = levels.map((level) => record.levels.indexOf(level));
  for (const { metric, quantiles } of record.targets) {
    if (metrics !== undefined && !metrics.includes(metric)) continue;
    const fixed = [server, metric, modelId, contractHash, forecastId, issuedAtMs, Math.max(0, nowMs - dataMs)];
    const scale = roundingScale(quantiles);
    for (let step = 0; step * record.levels.length < quantiles.length; step++) {
      const row = step * record.levels.length;
      const values = places.map((q) => Math.round(quantiles[row + q]! * scale) / scale);
      visit([originMs + step * intervalMs, ...fixed, ...values]);
    }
  }
}

/** A row as a JSON object. */
export function rowJson(columns: readonly string[], cells: readonly Cell[]): string {
  return `{${cells.map((cell, index) => `${JSON.stringify(columns[index])}:${JSON.stringify(cell)}`).join(",")}}`;
}

/** A line of CSV by RFC 4180. Texts that a spreadsheet would run as a formula get an apostrophe in front. */
export function rowCsv(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: Cell): string {
  if (typeof cell === "number") return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
