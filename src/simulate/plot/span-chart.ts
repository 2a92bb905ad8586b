// The chart of one server over the whole span: its percentages, and its incidents on a strip below.
import type { Contract } from "../../contract/index.ts";
import {
  type Box,
  band,
  type Child,
  chart,
  dayInWords,
  element,
  linearScale,
  type Markup,
  type Scale,
  timeAxis,
} from "../../sheet/index.ts";
import { DAY_MS } from "../random.ts";
import { gapBands, percentAxis, traceLine } from "./chart-parts.ts";
import type { PastIncident } from "./history.ts";
import { PERCENT_LINES } from "./incident-chart.ts";
import type { Trace } from "./trace.ts";
import { kindInWords, outcomeInWords } from "./words.ts";

/** Width of the plotting area, and so the most columns of a trace that it can show. */
export const SPAN_COLUMNS = 620;

const LEFT = 34;
const RIGHT = LEFT + SPAN_COLUMNS;
const PERCENT: Box = { left: LEFT, right: RIGHT, top: 12, bottom: 96 };
const STRIP: Box = { left: LEFT, right: RIGHT, top: 116, bottom: 124 };
const LANE_HEIGHT = 12;
const LANES = 3;
const LETTER_WIDTH = 5.9;

/** Draws a server; `id` is unique on the sheet. */
export function spanChart(
  id: string,
  { server, profile }: { server: string; profile: string },
  incidents: readonly PastIncident[],
  trace: Trace,
  contract: Contract,
): Markup {
  const x = linearScale(trace.startMs, trace.endMs, LEFT, RIGHT);
  const y = linearScale(0, 100, PERCENT.bottom, PERCENT.top);
  const told = incidents.map(
    (incident) => `${kindInWords(incident.kind)} ${dayInWords(incident.beganMs)} (${incident.outcome})`,
  );
  return chart(
    id,
    { width: RIGHT + 10, height: STRIP.bottom + 4 + LANES * LANE_HEIGHT + 4 },
    {
      title: `${server} (${profile}) over the whole span`,
      description: `CPU, memory and disk in percent. Incidents: ${told.length === 0 ? "none" : told.join("; ")}.`,
    },
    weekends(x),
    gapBands(trace, x, PERCENT),
    timeAxis(x, PERCENT, 7),
    percentAxis(y, PERCENT, [...new Set(contract.breachRules.map(({ threshold }) => threshold))]),
    PERCENT_LINES.map(({ metric, className }) => traceLine(trace, metric, x, y, `${className} thin`)),
    element("line", { class: "grid", x1: LEFT, x2: RIGHT, y1: STRIP.bottom, y2: STRIP.bottom }),
    incidents.map((incident) => stripBars(incident, x)),
    stripLabels(incidents, x),
  );
}

function weekends(x: Scale): Child {
  const bands: (Markup | null)[] = [];
  for (let dayMs = Math.floor(x.from / DAY_MS) * DAY_MS; dayMs < x.to; dayMs += DAY_MS) {
    if (new Date(dayMs).getUTCDay() === 6) bands.push(band(x, PERCENT, dayMs, dayMs + 2 * DAY_MS, "weekend"));
  }
  return bands;
}

/** An incident from its first sign to its end; what breached stands out. */
function stripBars(incident: PastIncident, x: Scale): Markup {
  const { beganMs, overMs, breachStartMs, breachEndMs } = incident;
  return element(
    "g",
    {},
    element("title", {}, `${kindInWords(incident.kind)}, ${outcomeInWords(incident)}: ${incident.cause}`),
    band(x, STRIP, beganMs, overMs, "bar precursor-bar"),
    breachStartMs === null ? null : band(x, STRIP, breachStartMs, breachEndMs!, "bar breach-bar"),
  );
}

/** Names below the strip, in the first lane with room; without room the name is left to the bar's title. */
function stripLabels(incidents: readonly PastIncident[], x: Scale): Child {
  const taken = new Array<number>(LANES).fill(Number.NEGATIVE_INFINITY);
  return incidents.map((incident) => {
    const text = `${incident.kind.replaceAll("_", " ")}${incident.outcome === "breached" ? "" : ` (${incident.outcome})`}`;
    const width = text.length * LETTER_WIDTH;
    const at = Math.max(LEFT, Math.min(x(incident.beganMs), RIGHT - width));
    const lane = taken.findIndex((end) => end + 6 <= at);
    if (lane < 0) return null;
    taken[lane] = at + width;
    return element("text", { class: "tick", x: at, y: STRIP.bottom + 11 + lane * LANE_HEIGHT }, text);
  });
}
