// Alerts as Prometheus keeps its own: ALERTS{alertname, alertstate, ...} is 1 for as long as an alert has been active.
import { phaseOf } from "../../alert/index.ts";
import { intervalMs } from "../../contract/index.ts";
import { type SourceSeries, STALE_MARKER_BITS } from "../../promql/index.ts";
import type { Services } from "../services.ts";
import { type SeriesFamily, type SeriesWindow, type Subject, seriesLabels } from "./family.ts";
import { gridCount, gridTimes, lookbackOf } from "./grid-times.ts";

/** Name of the series. */
export const ALERTS = "ALERTS";

/** A time in which an alert was in one phase; without an end it is now. */
interface AlertSpan extends Subject {
  fromMs: number;
  /** Null while it lasts. */
  untilMs: number | null;
}

/**
 * The active alerts. `alertstate` is pending or firing as in Prometheus; `phase` tells apart what firing means here:
 * predicted, confirmed by measured values, or own for alerts about Forewarn itself. Resolved alerts have no series.
 */
export function alertFamily(services: Services): SeriesFamily<AlertSpan> {
  const { contract, now } = services;
  const stepMs = intervalMs(contract);
  const lookbackMs = lookbackOf(stepMs);
  return {
    shapeNames: ["__name__"],
    shapes: [{ __name__: ALERTS }],
    subjects: () => alertSpans(services),
    spanOf: ({ fromMs, untilMs }) => [fromMs, untilMs ?? now()],
    samplesWithin: ({ startMs, endMs }) => 2 + gridCount(startMs, Math.min(endMs, now()), stepMs),
    read: (subjects, shapes, window) =>
      subjects.flatMap((span) =>
        shapes.map((shape) => {
          const { timesMs, values } = samplesOf(span, window, now(), stepMs);
          return { labels: seriesLabels(span, shape), timesMs, values, lookbackMs };
        }),
      ),
  };
}

function alertSpans({ alerts }: Services): AlertSpan[] {
  const tracked = alerts.book.alerts().flatMap(({ labels, track }): AlertSpan[] => {
    const phase = phaseOf(track);
    if (phase === "inactive") return [];
    if (phase === "pending") {
      return [{ labels: { ...labels, alertstate: "pending" }, fromMs: track.activeSinceMs!, untilMs: null }];
    }
    const { startsAtMs, changedAtMs } = track.shown!;
    const firing = { ...labels, alertstate: "firing" };
    const predicted = { ...firing, phase: "predicted" };
    if (phase === "predicted") return [{ labels: predicted, fromMs: startsAtMs, untilMs: null }];
    const confirmed = { labels: { ...firing, phase }, fromMs: changedAtMs, untilMs: null };
    if (startsAtMs >= changedAtMs) return [confirmed];
    return [{ labels: predicted, fromMs: startsAtMs, untilMs: changedAtMs }, confirmed];
  });
  const own = alerts.book.ownAlerts().map(({ labels, startsAtMs }): AlertSpan => {
    return { labels: { ...labels, alertstate: "firing", phase: "own" }, fromMs: startsAtMs, untilMs: null };
  });
  return [...tracked, ...own];
}

/** 1 at the beginning and at every step of the grid; where a span has ended, a stale marker ends its series at once. */
function samplesOf(
  { fromMs, untilMs }: AlertSpan,
  { startMs, endMs }: SeriesWindow,
  nowMs: number,
  stepMs: number,
): Pick<SourceSeries, "timesMs" | "values"> {
  const lastMs = Math.min(endMs, untilMs === null ? nowMs : untilMs - 1);
  const times = gridTimes(Math.max(fromMs, startMs), lastMs, stepMs);
  if (fromMs > startMs && fromMs <= lastMs) times.unshift(fromMs);
  const ones = times.length;
  if (untilMs !== null && untilMs <= endMs) times.push(untilMs);
  const values = new Float64Array(times.length).fill(1);
  // Written as bits: a copy of the number may change them.
  if (times.length > ones) new BigUint64Array(values.buffer)[ones] = STALE_MARKER_BITS;
  return { timesMs: Float64Array.from(times), values };
}
