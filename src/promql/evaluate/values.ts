// What parts of an expression evaluate to: for every step a number, or a set of series that may miss steps.
import { queryFailed } from "../errors.ts";
import { formatLabels, type Labels, labelKey } from "../labels.ts";

/** One series over all steps. Arrays may be shared between series and are never written once they are given away. */
export interface StepSeries {
  labels: Labels;
  /** One value per step, of no meaning where the series is missing. */
  values: Float64Array;
  /** 1 where the series has a value, else 0. */
  present: Uint8Array;
}

/** The value of an expression over all steps. */
export type Value =
  | { kind: "scalar"; values: Float64Array }
  | { kind: "string"; text: string }
  | { kind: "vector"; series: readonly StepSeries[] };

/** A new series without values. */
export function emptySeries(labels: Labels, count: number): StepSeries {
  return { labels, values: new Float64Array(count), present: new Uint8Array(count) };
}

/**
 * Puts series of equal labels together, since dropping and changing labels can make them equal.
 * @throws ForewarnError `query_failed` if two of them have a value at the same step.
 */
export function mergeSeries(series: readonly StepSeries[], position: string): StepSeries[] {
  const merged = new Map<string, StepSeries>();
  for (const one of series) {
    const key = labelKey(one.labels);
    const other = merged.get(key);
    merged.set(key, other === undefined ? one : union(other, one, position));
  }
  return [...merged.values()];
}

function union(a: StepSeries, b: StepSeries, position: string): StepSeries {
  const values = a.values.slice();
  const present = a.present.slice();
  for (let i = 0; i < present.length; i++) {
    if (b.present[i] === 0) continue;
    if (present[i] === 1) throw queryFailed("every label set once", `${formatLabels(a.labels)} twice`, position);
    values[i] = b.values[i]!;
    present[i] = 1;
  }
  return { labels: a.labels, values, present };
}

/** The series with other labels. */
export function relabel(series: StepSeries, labels: Labels): StepSeries {
  return { labels, values: series.values, present: series.present };
}
