// forewarn import --prometheus: history by range queries.
import { ForewarnError, formatDuration, parseDuration } from "../../base/index.ts";
import type { PullReport } from "../../prometheus/index.ts";
import { isoTime } from "../flags.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";
import { printable, renderTable } from "../output/table.ts";
import { openPrometheus, untilInterrupted } from "../prometheus-flags.ts";
import type { ImportFlags } from "./import.ts";

const DEFAULT_SINCE = "30d";
/** What is still on its way to the database is not pulled as missing. */
const SETTLE_MS = 60_000;
const SHOWN_WARNINGS = 5;

/** Pulls history and reports what was found. */
export async function importPrometheus(
  files: readonly string[],
  flags: ImportFlags & { prometheus: string },
  forewarnVersion: string,
  io: Io,
): Promise<void> {
  if (files.length > 0) {
    throw new ForewarnError("usage_invalid", `${files[0]}: Expected no files beside --prometheus`, {
      hint: "import files and history into data sets of their own",
    });
  }
  const { pullHistory, readMapping } = await import("../../prometheus/index.ts");
  const mapping = readMapping(flags.mapping);
  const nowMs = io.now();
  const untilMs = flags.until === undefined ? nowMs - SETTLE_MS : isoTime(flags.until, "--until");
  const report = await untilInterrupted(async (signal) =>
    pullHistory({
      client: await openPrometheus(flags.prometheus, "--prometheus", flags, io, signal),
      mapping,
      sinceMs: beginning(flags.since ?? DEFAULT_SINCE, untilMs),
      untilMs,
      nowMs,
      out: flags.out,
      forewarnVersion,
      onProgress: ({ doneMs, share, rows, servers }) => {
        const line = `${Math.round(100 * share)} %: ${rows} rows of ${servers} servers, up to ${isoMinute(doneMs)}`;
        io.stderr(io.isTty ? `\r${line}${share === 1 ? "\n" : ""}` : `${line}\n`);
      },
    }),
  );
  const { contract: _, ...dataSet } = report.meta;
  const { directory, contract, findings, unsettledMs, warnings } = report;
  if (flags.json) printJson(io, { directory, contract, dataSet, findings, unsettledMs, warnings });
  else io.stdout(pullText(report));
  if (unsettledMs > 0) {
    const length = formatDuration(Math.ceil(unsettledMs / 1000) * 1000);
    io.stderr(`left out what lies in the last ${length}: the database fills it with older values\n`);
  }
  for (const warning of warnings.slice(0, SHOWN_WARNINGS)) io.stderr(`the database warns: ${printable(warning)}\n`);
  io.stderr(`wrote ${directory}: ${report.meta.rows} rows of ${report.meta.servers} servers under ${contract}\n`);
}

/** A duration before the end, or a time. */
function beginning(text: string, untilMs: number): number {
  return /^\d{4}-/.test(text) ? isoTime(text, "--since") : untilMs - parseDuration(text, "--since");
}

function pullText({ meta, findings }: PullReport): string {
  const { rows, servers, missing, outOfRange, firstOutOfRange, unknownLabels } = findings;
  const share = (count: number) => (count === 0 ? "" : `${((100 * count) / rows).toFixed(1)} %`);
  const table = renderTable(
    [
      { title: "metric" },
      { title: "missing", align: "right" },
      { title: "out of range", align: "right" },
      { title: "first out of range" },
    ],
    meta.contract.metrics.map(({ name }) => [
      name,
      share(missing[name] ?? 0),
      outOfRange[name] ? String(outOfRange[name]) : "",
      firstOutOfRange[name] ?? "",
    ]),
  );
  const unknown = Object.entries(unknownLabels)
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `label ${name}: left out unknown values ${printable(values.join(", "))}\n`);
  const { startMs, endMs } = meta;
  const span = `${isoMinute(startMs)} to ${isoMinute(endMs)}`;
  return `pulled ${rows} rows of ${servers} servers, ${span}\n\n${table}${unknown.join("")}`;
}

function isoMinute(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16)}Z`;
}
