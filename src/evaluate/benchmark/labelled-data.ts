// Data sets with labelled incidents, in the form in which both of them are scored.
import { existsSync } from "node:fs";
import { ForewarnError } from "../../base/index.ts";
import type { DataSet } from "../../store/index.ts";

/** A labelled incident: its first and last step, both included, counted from the start of its server's series. */
export interface Incident {
  first: number;
  last: number;
}

/** Servers that all begin at the same time, cut into parts by step. */
export interface LabelledData {
  dataSet: DataSet;
  /** Training is before this step. From here to `testFirst` thresholds are chosen, from there on is the test. */
  trainSteps: number;
  testFirst: number;
  /** By server, in order of time. */
  incidents: ReadonlyMap<string, readonly Incident[]>;
}

/**
 * Checks that the publisher's files are there.
 * @throws ForewarnError `path_missing`, naming the first that is not.
 */
export function assertFiles(paths: readonly string[], what: string): void {
  const missing = paths.find((path) => !existsSync(path));
  if (missing === undefined) return;
  throw new ForewarnError("path_missing", `${missing}: Expected a file of ${what}, got none`, {
    hint: "give the folder in the publisher's layout with --data",
  });
}
