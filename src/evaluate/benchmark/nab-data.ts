// The AWS series of the Numenta Anomaly Benchmark: 19 single metrics, two weeks each as a rule, with labelled points.
// Lavin and Ahmad 2015, arXiv 1510.03336. A window of NAB opens before its point by design, so leads count from the
// point, and an incident lasts from its point to the end of its window.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ForewarnError } from "../../base/index.ts";
import { importData } from "../../ingest/index.ts";
import { openDataSet } from "../../store/index.ts";
import { assertFiles, type Incident, type LabelledData } from "./labelled-data.ts";

const FOLDERS = ["realAWSCloudwatch", "realKnownCause"];
const DAY_STEPS = 288;
/** Four days train and the next two choose thresholds; labelled points in them are not scored. */
const TRAIN_STEPS = 4 * DAY_STEPS;
const TEST_FIRST = 6 * DAY_STEPS;
const mapping = fileURLToPath(new URL("../../../examples/nab/map.yaml", import.meta.url));

/**
 * Imports the publisher's files of `directory` into `workDirectory`, all series on rows of five minutes from one start.
 * @throws ForewarnError `path_missing` for a file that is not there; `file_unreadable` for labels that fit no row; what
 *   `importData` throws.
 */
export async function openNab(directory: string, workDirectory: string, version: string): Promise<LabelledData> {
  const [points, windows] = ["combined_labels.json", "combined_windows.json"].map((file) =>
    join(directory, "labels", file),
  ) as [string, string];
  assertFiles([...FOLDERS.map((folder) => join(directory, folder)), points, windows], "the Numenta Anomaly Benchmark");
  const names = FOLDERS.flatMap((folder) =>
    readdirSync(join(directory, folder))
      .filter((file) => file.endsWith(".csv"))
      .map((file) => `${folder}/${file}`),
  );
  const pointsOf = readLabels<string[]>(points);
  const windowsOf = readLabels<[string, string][]>(windows);
  const files = names.map((name) => join(directory, name));
  const incidents = new Map(
    names.map((name, i) => [
      basename(name, ".csv"),
      findIncidents(files[i]!, pointsOf[name] ?? [], windowsOf[name] ?? []),
    ]),
  );
  const out = join(workDirectory, "nab");
  await importData({ files, mapping, out, forewarnVersion: version });
  return { dataSet: await openDataSet(out), trainSteps: TRAIN_STEPS, testFirst: TEST_FIRST, incidents };
}

function readLabels<Value>(path: string): Record<string, Value | undefined> {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new ForewarnError("file_unreadable", `${path}: Expected labels as JSON`, { cause });
  }
}

/** The rows of labelled points; an incident ends with the window that holds its point. */
function findIncidents(path: string, points: readonly string[], windows: readonly (readonly string[])[]): Incident[] {
  const times = readFileSync(path, "utf8")
    .split("\n")
    .slice(1)
    .map((line) => line.slice(0, line.indexOf(",")));
  const rowOf = (time: string): number => {
    const row = times.indexOf(time.slice(0, "YYYY-MM-DD hh:mm:ss".length));
    if (row >= 0) return row;
    throw new ForewarnError("file_unreadable", `${path}: Expected a row of the labelled time ${time}, got none`);
  };
  return points.map((point) => {
    const [, end] = windows.find(([begin, last]) => begin! <= point && point <= last!) ?? [point, point];
    return { first: rowOf(point), last: rowOf(end!) };
  });
}
