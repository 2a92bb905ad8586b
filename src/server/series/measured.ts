// What was measured: every metric of the contract under its own name, one sample for each interval, at its end.
import { type Contract, intervalMs } from "../../contract/index.ts";
import type { SourceSeries } from "../../promql/index.ts";
import type { LiveServer, Series } from "../../store/index.ts";
import { roundingScale } from "../payload/numbers.ts";
import type { Services } from "../services.ts";
import {
  type LabelRecord,
  type SeriesFamily,
  type SeriesWindow,
  type Subject,
  seriesLabels,
  wantedValue,
} from "./family.ts";
import { gridCount, lookbackOf } from "./grid-times.ts";

/** A server with its rows. */
export interface MeasuredServer extends Subject {
  server: LiveServer;
}

/**
 * The series of measured values, `cpu_pct{server="web-1", profile="web_api"}`. A sample is the value of the interval that
 * ends at its time; an interval that has not ended has none, because rows may still change it.
 */
export function measuredFamily(services: Services): SeriesFamily<MeasuredServer> {
  const { contract, store, limits, hotWindowMs, now } = services;
  const stepMs = intervalMs(contract);
  const binsOf = ({ startMs, endMs }: SeriesWindow): { fromMs: number; toMs: number } => ({
    fromMs: Math.floor(Math.max(startMs, now() - limits.retentionMs) / stepMs) * stepMs,
    toMs: Math.floor(Math.min(endMs, now()) / stepMs) * stepMs,
  });
  /** A hot window that is not yet full begins with the first row that there is. */
  const isWhole = (firstMs: number, lastMs: number): boolean => lastMs - firstMs < hotWindowMs - 2 * stepMs;
  return {
    shapeNames: ["__name__"],
    shapes: contract.metrics.map(({ name }) => ({ __name__: name })),
    subjects(matchers) {
      const wanted = wantedValue(matchers, "server");
      const one = wanted === undefined ? undefined : store.server(wanted);
      const servers = wanted === undefined ? store.servers() : one === undefined ? [] : [one];
      return servers.map((server) => ({ server, labels: { ...givenLabels(server.labels), server: server.server } }));
    },
    spanOf: ({ server: { firstMs, lastMs } }) => [isWhole(firstMs, lastMs) ? firstMs + stepMs : 0, lastMs + stepMs],
    samplesWithin(window) {
      const { fromMs, toMs } = binsOf(window);
      return gridCount(fromMs, toMs, stepMs);
    },
    async read(subjects, shapes, window) {
      const { fromMs, toMs } = binsOf(window);
      if (toMs <= fromMs) return [];
      const isHot = ({ server: { firstMs, lastMs } }: MeasuredServer): boolean =>
        firstMs <= fromMs || isWhole(firstMs, lastMs);
      const series: SourceSeries[] = [];
      const take = (subject: MeasuredServer, read: Series): void =>
        void series.push(...sourceSeries(contract, subject, shapes, read));
      const hot = subjects.filter(isHot);
      const names = hot.map(({ server }) => server.server);
      if (hot.length > 0) {
        for (const [index, read] of (await store.series(names, fromMs, toMs)).entries()) take(hot[index]!, read);
      }
      for (const subject of subjects.filter((one) => !isHot(one))) {
        window.signal.throwIfAborted();
        take(subject, await store.history(subject.server.server, fromMs, toMs));
      }
      return series;
    },
  };
}

function givenLabels(labels: Readonly<Record<string, string | null>>): LabelRecord {
  return Object.fromEntries(Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== null));
}

function sourceSeries(
  contract: Contract,
  subject: MeasuredServer,
  shapes: readonly LabelRecord[],
  { startMs, values }: Series,
): SourceSeries[] {
  const stepMs = intervalMs(contract);
  const lookbackMs = lookbackOf(stepMs);
  return shapes.map((shape) => {
    const column = values[contract.metrics.findIndex(({ name }) => name === shape["__name__"])]!;
    const scale = roundingScale(column);
    const known = column.reduce((count, value) => (Number.isNaN(value) ? count : count + 1), 0);
    const [times, samples] = [new Float64Array(known), new Float64Array(known)];
    let at = 0;
    for (const [step, value] of column.entries()) {
      if (Number.isNaN(value)) continue;
      times[at] = startMs + (step + 1) * stepMs;
      samples[at++] = Math.round(value * scale) / scale;
    }
    return { labels: seriesLabels(subject, shape), timesMs: times, values: samples, lookbackMs };
  });
}
