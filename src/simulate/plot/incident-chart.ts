// The chart of one incident: the percentages against the breach threshold, and below them what the users felt.
import type { Contract } from "../../contract/index.ts";
import {
  type Box,
  band,
  type Child,
  chart,
  element,
  linearScale,
  logBounds,
  logScale,
  logTicks,
  type Markup,
  type Scale,
  timeAxis,
} from "../../sheet/index.ts";
import { METRIC } from "../server/metrics.ts";
import { gapBands, lastValue, percentAxis, traceLine } from "./chart-parts.ts";
import type { PastIncident } from "./history.ts";
import { gapsOf, type Trace } from "./trace.ts";
import { kindInWords, storyInWords } from "./words.ts";

/** Width of the plotting area, and so the most columns of a trace that it can show. */
export const INCIDENT_COLUMNS = 360;

const WIDTH = 440;
const LEFT = 44;
const RIGHT = LEFT + INCIDENT_COLUMNS;
const PERCENT: Box = { left: LEFT, right: RIGHT, top: 18, bottom: 134 };
const NOTES_Y = 145;
const FIRST_PANEL_Y = 168;
const PANEL_HEIGHT = 30;
const PANEL_STEP = 48;

/** The metrics drawn in percent, in the order of their names on the sheet. */
export const PERCENT_LINES = [
  { metric: METRIC.cpu_pct, name: "CPU", className: "cpu", rule: "cpu_high" },
  { metric: METRIC.mem_pct, name: "mem", className: "mem", rule: "mem_high" },
  { metric: METRIC.disk_pct, name: "disk", className: "disk", rule: "disk_full" },
] as const;

/** A small panel below, with a logarithmic axis of its own. */
interface Panel {
  name: string;
  metrics: readonly number[];
  /** Multiplies values for the axis. */
  factor: number;
  /** Smallest value worth showing. */
  floor: number;
}

const COMMON_PANELS: readonly Panel[] = [
  { name: "latency, ms", metrics: [METRIC.latency_ms], factor: 1, floor: 0.1 },
  { name: "failed requests, %", metrics: [METRIC.error_rate], factor: 100, floor: 0.001 },
  {
    name: "network, MB/s: in (full line), out (dotted)",
    metrics: [METRIC.net_in_mb_s, METRIC.net_out_mb_s],
    factor: 1,
    floor: 0.01,
  },
];
const GC_PANEL: Panel = { name: "GC pause, ms", metrics: [METRIC.gc_pause_ms], factor: 1, floor: 0.1 };
const DISK_PANEL: Panel = { name: "disk I/O, MB/s", metrics: [METRIC.disk_io_mb_s], factor: 1, floor: 0.01 };
const QUEUE_PANEL: Panel = { name: "load average, processes", metrics: [METRIC.load_average], factor: 1, floor: 0.01 };

const PANEL_OF_RULE: Record<string, Panel> = { mem_high: GC_PANEL, disk_full: DISK_PANEL, cpu_high: QUEUE_PANEL };
const PANEL_OF_KIND: Record<string, Panel> = { batch_overload: DISK_PANEL };

/** Draws an incident from the trace around it; `id` is unique on the sheet. */
export function incidentChart(id: string, incident: PastIncident, trace: Trace, contract: Contract): Markup {
  const own = PANEL_OF_KIND[incident.kind] ?? PANEL_OF_RULE[incident.rule ?? ""] ?? QUEUE_PANEL;
  const panels = [...COMMON_PANELS, own].map((panel, index): [Panel, Box] => {
    const top = FIRST_PANEL_Y + index * PANEL_STEP;
    return [panel, { left: LEFT, right: RIGHT, top, bottom: top + PANEL_HEIGHT }];
  });
  const bottom = panels.at(-1)![1].bottom;
  const whole = { ...PERCENT, bottom };
  const x = linearScale(trace.startMs, trace.endMs, LEFT, RIGHT);
  const y = linearScale(0, 100, PERCENT.bottom, PERCENT.top);
  const thresholds = [...new Set(contract.breachRules.map(({ threshold }) => threshold))];
  const words = {
    title: `${kindInWords(incident.kind)} on ${incident.server}`,
    description: `${storyInWords(incident, contract)} Lines: CPU, memory and disk in percent; below, latency, failed requests, network and ${own.name}.`,
  };
  return chart(
    id,
    { width: WIDTH, height: bottom + 18 },
    words,
    incidentBands(incident, x, whole),
    gapBands(trace, x, whole),
    timeAxis(x, whole, 6),
    percentAxis(y, PERCENT, thresholds),
    PERCENT_LINES.map(({ metric, className, rule }) =>
      traceLine(trace, metric, x, y, `${className}${rule === incident.rule ? " main" : ""}`),
    ),
    endLabels(trace, y),
    bandLabels(incident, trace, x),
    noteMarks(trace, x),
    panels.map(([panel, box]) => smallPanel(panel, box, trace, x)),
  );
}

/** The time in which an incident announces itself, and that of its breach. */
function incidentBands(
  { foreseeable, precursorStartMs, breachStartMs, breachEndMs, overMs }: PastIncident,
  x: Scale,
  box: Box,
): Child {
  return [
    precursorStartMs === null || !foreseeable
      ? null
      : band(x, box, precursorStartMs, breachStartMs ?? overMs, "precursor"),
    breachStartMs === null ? null : band(x, box, breachStartMs, breachEndMs!, "breach"),
  ];
}

function bandLabels(incident: PastIncident, trace: Trace, x: Scale): Child {
  const { precursorStartMs, breachStartMs, breachEndMs, foreseeable, overMs, rule } = incident;
  const label = (at: number, anchor: string, className: string, text: string): Markup =>
    element("text", { class: `label ${className}`, x: at, y: PERCENT.top - 5, "text-anchor": anchor }, text);
  const labels: Markup[] = [];
  const taken = x(incident.beganMs);
  let freeFrom = LEFT;
  if (precursorStartMs !== null && foreseeable) {
    const start = x(precursorStartMs);
    const isWide = x(breachStartMs ?? overMs) - start >= 54;
    labels.push(
      label(isWide ? start : x(breachStartMs ?? overMs) - 3, isWide ? "start" : "end", "precursor-ink", "precursor"),
    );
    freeFrom = isWide ? start + 54 : x(breachStartMs ?? overMs);
  }
  if (breachStartMs !== null) {
    labels.push(label(x(breachStartMs), "start", "breach-ink", rule === null ? "down" : "breach"));
    freeFrom = x(Math.max(breachEndMs!, breachStartMs)) + 36;
  }
  for (const { startMs, endMs } of gapsOf(trace)) {
    const middle = (x(startMs) + x(endMs)) / 2;
    const isInsideBreach = breachStartMs !== null && startMs < breachEndMs! && endMs > breachStartMs;
    if (isInsideBreach || (middle - 20 < freeFrom && middle + 20 > taken)) continue;
    labels.push(label(Math.min(middle, RIGHT - 20), "middle", "muted", "no rows"));
    freeFrom = Math.max(freeFrom, middle + 24);
  }
  return labels;
}

/** Names at the ends of the percent lines, moved apart where they would meet. */
function endLabels(trace: Trace, y: Scale): Child {
  const ends = PERCENT_LINES.flatMap(({ metric, name, className }) => {
    const value = lastValue(trace, metric);
    return value === null ? [] : [{ name, className, at: y(value) + 3.5 }];
  }).sort((a, b) => a.at - b.at);
  for (let i = 1; i < ends.length; i++) ends[i]!.at = Math.max(ends[i]!.at, ends[i - 1]!.at + 11);
  return ends.map(({ name, className, at }) =>
    element("text", { class: `label ${className}-ink`, x: RIGHT + 5, y: at }, name),
  );
}

/** Numbers where operators wrote something; the notes themselves are listed below the chart. */
function noteMarks({ notes }: Trace, x: Scale): Child {
  let last = Number.NEGATIVE_INFINITY;
  return notes.map(({ timeMs, text }, index) => {
    const at = Math.max(x(timeMs), last + 13);
    last = at;
    return element(
      "g",
      { class: "note" },
      element("title", {}, text),
      element("line", { x1: x(timeMs), x2: x(timeMs), y1: PERCENT.top, y2: NOTES_Y - 6 }),
      element("circle", { cx: at, cy: NOTES_Y, r: 6 }),
      element("text", { x: at, y: NOTES_Y + 3.4, "text-anchor": "middle" }, String(index + 1)),
    );
  });
}

function smallPanel({ name, metrics, factor, floor }: Panel, box: Box, trace: Trace, x: Scale): Child {
  const values = (columns: Float64Array[]) => metrics.flatMap((metric) => [...(columns[metric] ?? [])]);
  const lows = values(trace.lowest).filter((value) => !Number.isNaN(value));
  const highs = values(trace.highest).filter((value) => !Number.isNaN(value));
  const title = element("text", { class: "panel-title", x: box.left, y: box.top - 4 }, name);
  if (lows.length === 0) return title;
  const least = floor / factor;
  const [from, to] = logBounds(
    lows.reduce((a, b) => Math.min(a, b)),
    highs.reduce((a, b) => Math.max(a, b)),
    least,
  );
  const y = logScale(from, to, box.bottom, box.top);
  const ticks = logTicks(from * factor, to * factor);
  const shown = ticks.length <= 2 ? ticks : [ticks[0]!, ticks.at(-1)!];
  return [
    title,
    shown.map((value) => [
      element("line", { class: "grid", x1: box.left, x2: box.right, y1: y(value / factor), y2: y(value / factor) }),
      element(
        "text",
        { class: "tick", x: box.left - 5, y: y(value / factor) + 3.5, "text-anchor": "end" },
        shortNumber(value),
      ),
    ]),
    metrics.map((metric, index) => traceLine(trace, metric, x, y, index === 0 ? "plain" : "plain dotted")),
  ];
}

function shortNumber(value: number): string {
  return value >= 1000 ? `${value / 1000}k` : String(value);
}
