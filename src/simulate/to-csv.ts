// A simulated fleet as two CSV files: rows.csv as a collector would have received it, with late and repeated rows if
// asked for, and truth.csv beside it.
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createRng, publishDirectory, writeFileAtomic } from "../base/index.ts";
import type { IncidentTruth } from "../store/index.ts";
import { createFleet } from "./create-fleet.ts";
import { skewMsOf } from "./delivery/clock-skew.ts";
import { createDelivery, type DeliveryFaults } from "./delivery/delivery.ts";
import { createCsvWriter, csvLine, isoTime } from "./delivery/row-text.ts";
import { checkOptions, contractFor, fleetOptionsOf, type SimulationOptions } from "./options.ts";
import { createTruthRecorder } from "./truth/truth-recorder.ts";

const WRITE_CHARACTERS = 1 << 20;

/** What was written. */
export interface CsvSummary {
  /** Lines of rows.csv below its header; repeated rows count again. */
  rows: number;
  servers: number;
  /** First and last instant, epoch milliseconds. */
  startMs: number;
  endMs: number;
}

/**
 * Simulates a fleet into the new directory `directory`: `rows.csv`, in order of arrival, and `truth.csv`.
 * @throws ForewarnError `usage_invalid` and `interval_mismatch` for options out of range, `path_exists`, `disk_full`,
 *   `path_not_writable`; nothing is left behind then.
 */
export async function simulateToCsv(
  directory: string,
  options: SimulationOptions,
  faults: DeliveryFaults = {},
): Promise<CsvSummary> {
  const steps = checkOptions(options);
  const { intervalMs, seed } = options;
  const fleetOptions = fleetOptionsOf(options);
  const { startMs } = fleetOptions;
  const endMs = startMs + steps * intervalMs;
  const contract = contractFor(intervalMs);
  const delivery = createDelivery<string>(createRng(seed).fork("delivery"), intervalMs, faults);
  let rows = 0;
  await publishDirectory(directory, (temporary) => {
    const { servers } = createFleet(fleetOptions);
    const recorders = servers.map((server) => createTruthRecorder(server, contract));
    const csv = createCsvWriter(contract);
    const file = createLineFile(join(temporary, "rows.csv"));
    try {
      file.write([csv.header]);
      for (let timeMs = startMs; timeMs < endMs; timeMs += intervalMs) {
        for (const [index, server] of servers.entries()) {
          const arrived = server.step(timeMs);
          recorders[index]!.observe(timeMs, arrived);
          if (!arrived) continue;
          const stampMs = timeMs + skewMsOf(server.personality, options.clockSkewMs ?? 0);
          delivery.send(server.server, timeMs, csv.write(stampMs, server));
        }
        rows += file.write(delivery.arriving(timeMs));
      }
      rows += file.write(delivery.rest());
    } finally {
      file.close();
    }
    const truth = recorders.flatMap((recorder) => recorder.finish(endMs));
    writeFileAtomic(join(temporary, "truth.csv"), truthText(truth));
  });
  return { rows, servers: options.servers, startMs, endMs: endMs - intervalMs };
}

/** A text file that is written in large pieces. */
function createLineFile(path: string): { write(lines: readonly string[]): number; close(): void } {
  const descriptor = openSync(path, "wx");
  let pending: string[] = [];
  let characters = 0;
  const flush = (): void => {
    const bytes = Buffer.from(pending.join(""));
    for (let offset = 0; offset < bytes.length; ) offset += writeSync(descriptor, bytes, offset);
    pending = [];
    characters = 0;
  };
  return {
    write(lines) {
      for (const line of lines) {
        pending.push(`${line}\n`);
        characters += line.length;
      }
      if (characters >= WRITE_CHARACTERS) flush();
      return lines.length;
    },
    close() {
      try {
        flush();
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

const TRUTH_HEADER =
  "incident_id,kind,server,rule,foreseeable,outcome,precursor_start,breach_start,breach_end,cause,parent_id";

function truthText(truth: readonly IncidentTruth[]): string {
  const time = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));
  const lines = truth.map((incident) =>
    csvLine([
      incident.incidentId,
      incident.kind,
      incident.server,
      incident.rule,
      incident.foreseeable,
      incident.outcome,
      time(incident.precursorStartMs),
      time(incident.breachStartMs),
      time(incident.breachEndMs),
      incident.cause,
      incident.parentId,
    ]),
  );
  return `${[TRUTH_HEADER, ...lines].join("\n")}\n`;
}
