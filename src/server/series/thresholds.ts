// The thresholds of the contract's breach rules as series, to be drawn beside what they are thresholds of.
import { intervalMs } from "../../contract/index.ts";
import type { Services } from "../services.ts";
import { type SeriesFamily, type SeriesWindow, type Subject, seriesLabels } from "./family.ts";
import { gridCount, gridTimes, lookbackOf } from "./grid-times.ts";

/** Name of the series. */
export const BREACH_THRESHOLD = "forewarn_breach_threshold";

/** A rule with its threshold. */
interface ThresholdSubject extends Subject {
  threshold: number;
}

/** `forewarn_breach_threshold{rule, metric}`: constant, from the retention ago to as far ahead. */
export function thresholdFamily({ contract, limits, now }: Services): SeriesFamily<ThresholdSubject> {
  const stepMs = intervalMs(contract);
  const spanOf = ({ startMs, endMs }: SeriesWindow): [fromMs: number, toMs: number] => [
    Math.max(startMs, now() - limits.retentionMs),
    Math.min(endMs, now() + limits.retentionMs),
  ];
  return {
    shapeNames: ["__name__"],
    shapes: [{ __name__: BREACH_THRESHOLD }],
    subjects: () =>
      contract.breachRules.map(({ id, metric, threshold }) => ({ labels: { rule: id, metric }, threshold })),
    samplesWithin: (window) => gridCount(...spanOf(window), stepMs),
    read: (subjects, shapes, window) => {
      const timesMs = Float64Array.from(gridTimes(...spanOf(window), stepMs));
      return subjects.flatMap((subject) =>
        shapes.map((shape) => ({
          labels: seriesLabels(subject, shape),
          timesMs,
          values: new Float64Array(timesMs.length).fill(subject.threshold),
          lookbackMs: lookbackOf(stepMs),
        })),
      );
    },
  };
}
