// What a model's variables are made of, so that people can be told what a network read. Positions decide, as in the
// feature builder: a metric may have any name.
import { calendarCount } from "./calendar.ts";
import type { InputSpec } from "./input-spec.ts";

/** A variable in the terms of the contract. */
export interface VariableMeaning {
  variable: string;
  /**
   * observed: a metric in the context. lags: a metric one day and seven days earlier. statistics: level, spread and habits
   * of a metric. calendar: the time. label: a label of the server. server: which server it is.
   */
  kind: "observed" | "lags" | "statistics" | "calendar" | "label" | "server";
  /** The metric or label that it is made of; null for the calendar and the server. */
  subject: string | null;
}

/** The variables of a model in the order of its selection weights: of the past, of the known future, and static ones. */
export function variableMeanings({ past, known, static: fixed, metrics, targets, labels }: InputSpec): {
  past: VariableMeaning[];
  future: VariableMeaning[];
  static: VariableMeaning[];
} {
  const observed = past.map(({ name: variable }, at): VariableMeaning => {
    return { variable, kind: "observed", subject: metrics[at]! };
  });
  const future = known.map(({ name: variable }, at): VariableMeaning => {
    const target = at - calendarCount({ known, targets });
    return target < 0
      ? { variable, kind: "calendar", subject: null }
      : { variable, kind: "lags", subject: targets[target]! };
  });
  const firstStatistics = fixed.length - targets.length;
  const staticOnes = fixed.map(({ name: variable }, at): VariableMeaning => {
    if (at >= firstStatistics) return { variable, kind: "statistics", subject: targets[at - firstStatistics]! };
    return at < labels.length
      ? { variable, kind: "label", subject: labels[at]!.name }
      : { variable, kind: "server", subject: null };
  });
  return { past: [...observed, ...future], future, static: staticOnes };
}
