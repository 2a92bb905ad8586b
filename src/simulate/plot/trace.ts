// The metrics of a few servers over chosen spans, reduced to what a chart's pixels can show: the lowest and the highest
// value of each column, so that no spike is lost.
import { createFleet, type FleetOptions } from "../create-fleet.ts";

/** A span of one server's time, and how many columns of pixels it may take. */
export interface TraceRequest {
  server: string;
  startMs: number;
  endMs: number;
  mostColumns: number;
}

/** Metrics of one server over a span, in columns of equal length. */
export interface Trace {
  startMs: number;
  endMs: number;
  columnMs: number;
  /** Lowest and highest values `[metric][column]`, metrics in the order of fleet/4.0; not a number without rows. */
  lowest: Float64Array[];
  highest: Float64Array[];
  notes: { timeMs: number; text: string }[];
}

/** Steps the servers that are asked for once more and returns their traces, in the order of the requests. */
export function traceFleet(options: FleetOptions, requests: readonly TraceRequest[]): Trace[] {
  const { startMs, intervalMs } = options;
  const traces = requests.map((request) => emptyTrace(request, intervalMs));
  for (const server of createFleet(options).servers) {
    const own = traces.filter((_, index) => requests[index]!.server === server.server);
    const endMs = Math.max(startMs, ...own.map((trace) => trace.endMs));
    for (let timeMs = startMs; timeMs < endMs; timeMs += intervalMs) {
      if (!server.step(timeMs)) continue;
      for (const trace of own) addRow(trace, timeMs, server.metrics, server.note);
    }
  }
  return traces;
}

function emptyTrace({ startMs, endMs, mostColumns }: TraceRequest, intervalMs: number): Trace {
  const columnMs = Math.max(1, Math.ceil((endMs - startMs) / mostColumns / intervalMs)) * intervalMs;
  return { startMs, endMs, columnMs, lowest: [], highest: [], notes: [] };
}

function addRow(trace: Trace, timeMs: number, metrics: Float64Array, note: string | null): void {
  const { startMs, endMs, columnMs, lowest, highest, notes } = trace;
  if (timeMs < startMs || timeMs >= endMs) return;
  const column = Math.floor((timeMs - startMs) / columnMs);
  for (let metric = 0; metric < metrics.length; metric++) {
    const value = metrics[metric]!;
    lowest[metric] ??= emptyColumns(trace);
    highest[metric] ??= emptyColumns(trace);
    if (!(lowest[metric]![column]! <= value)) lowest[metric]![column] = value;
    if (!(highest[metric]![column]! >= value)) highest[metric]![column] = value;
  }
  if (note !== null) notes.push({ timeMs, text: note });
}

function emptyColumns({ startMs, endMs, columnMs }: Trace): Float64Array {
  return new Float64Array(Math.ceil((endMs - startMs) / columnMs)).fill(Number.NaN);
}

/** The spans of a trace in which no row arrived, as far as its columns show them. */
export function gapsOf({ startMs, endMs, columnMs, lowest }: Trace): { startMs: number; endMs: number }[] {
  const first = lowest[0];
  if (first === undefined) return [{ startMs, endMs }];
  const gaps: { startMs: number; endMs: number }[] = [];
  for (const [column, value] of first.entries()) {
    if (!Number.isNaN(value)) continue;
    const gapMs = startMs + column * columnMs;
    const last = gaps.at(-1);
    const gapEndMs = Math.min(gapMs + columnMs, endMs);
    if (last?.endMs === gapMs) last.endMs = gapEndMs;
    else gaps.push({ startMs: gapMs, endMs: gapEndMs });
  }
  return gaps;
}
