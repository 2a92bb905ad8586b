// Labels of servers, read from a label of the series that an expression selects.
import type { QueryRange } from "../../promql/index.ts";
import { ambiguous, serverOf } from "./by-server.ts";
import { type StepSeries, stepCount } from "./evaluator.ts";
import type { MappedLabel, Mapping } from "./mapping.ts";
import type { MappingTally } from "./tally.ts";

/** One value of the contract for each server and step; null where there is none, or one that the contract lacks. */
export function labelsByServer(
  mapping: Mapping,
  mapped: MappedLabel,
  series: readonly StepSeries[],
  range: QueryRange,
  tally: MappingTally,
): Map<string, (string | null)[]> {
  const columns = new Map<string, (string | null)[]>();
  const sources = new Map<string, (StepSeries | undefined)[]>();
  const path = `labels.${mapped.name}`;
  for (const one of series) {
    const server = serverOf(mapping, path, one);
    const value = legalValue(mapped, one.labels[mapped.label] ?? "", tally);
    const column = columns.get(server) ?? new Array<string | null>(stepCount(range)).fill(null);
    const source = sources.get(server) ?? [];
    columns.set(server, column);
    sources.set(server, source);
    for (let step = 0; step < column.length; step++) {
      if (value === null || Number.isNaN(one.values[step]!)) continue;
      if (column[step] !== null && column[step] !== value) {
        throw ambiguous(mapping, path, server, range.startMs + step * range.stepMs, source[step]!, one);
      }
      column[step] = value;
      source[step] = one;
    }
  }
  return columns;
}

function legalValue({ name, values, allowed }: MappedLabel, found: string, tally: MappingTally): string | null {
  if (found === "") return null;
  const value = Object.hasOwn(values, found) ? values[found]! : found;
  if (allowed.has(value)) return value;
  const unknown = tally.unknownLabels[name] ?? [];
  if (!unknown.includes(value)) tally.unknownLabels[name] = [...unknown, value];
  return null;
}
