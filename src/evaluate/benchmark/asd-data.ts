// The Application Server Dataset (InterFusion, KDD 2021): 19 anonymous metrics of six servers, 30 days without labels,
// then 15 days with incidents that experts marked. Li et al. 2021, KDD, doi:10.1145/3447548.3467075.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ForewarnError } from "../../base/index.ts";
import { importData } from "../../ingest/index.ts";
import { openDataSet } from "../../store/index.ts";
import { assertFiles, type Incident, type LabelledData } from "./labelled-data.ts";

const SERVERS = ["omi-1", "omi-2", "omi-3", "omi-4", "omi-5", "omi-6"];
const DAY_STEPS = 288;
/** The rows of a train file; the last 6 of its 30 days choose thresholds. */
const UNLABELLED_STEPS = 30 * DAY_STEPS;
const TRAIN_STEPS = 24 * DAY_STEPS;
const mapping = fileURLToPath(new URL("../../../examples/asd/map.yaml", import.meta.url));

/**
 * Imports the publisher's files of `directory` into `workDirectory`.
 * @throws ForewarnError `path_missing` for a file that is not there; `file_unreadable` for a damaged list of incidents;
 *   what `importData` throws.
 */
export async function openAsd(directory: string, workDirectory: string, version: string): Promise<LabelledData> {
  const files = SERVERS.flatMap((server) =>
    ["train", "test"].map((part) => join(directory, `${server}_${part}.csv.gz`)),
  );
  const labels = SERVERS.map((server) => join(directory, `${server}_interpretation.txt`));
  assertFiles([...files, ...labels], "the Application Server Dataset");
  const incidents = new Map(SERVERS.map((server, i) => [server, readIncidents(labels[i]!)]));
  const out = join(workDirectory, "asd");
  await importData({ files, mapping, out, forewarnVersion: version });
  return { dataSet: await openDataSet(out), trainSteps: TRAIN_STEPS, testFirst: UNLABELLED_STEPS, incidents };
}

/** Lines "start-end:metric,...", inclusive rows of the test file from 0. */
function readIncidents(path: string): Incident[] {
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [, first, last] = /^(\d+)-(\d+):/.exec(line) ?? [];
    const incident = { first: UNLABELLED_STEPS + Number(first), last: UNLABELLED_STEPS + Number(last) };
    if (incident.first <= incident.last) return incident;
    throw new ForewarnError(
      "file_unreadable",
      `${path}: Expected lines "start-end:metrics", got ${JSON.stringify(line)}`,
    );
  });
}
