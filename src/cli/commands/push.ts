// forewarn push: sends the rows of a file, a data set or standard input to a daemon.
import type { Command } from "commander";
import { ForewarnError, formatDuration } from "../../base/index.ts";
import { countingFetch, emptyPushCounts } from "../client/counting-fetch.ts";
import { rowsOf } from "../client/row-lines.ts";
import { httpUrl } from "../flags.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";

const BATCH_ROWS = 10_000;
const SHOWN_ERRORS = 5;

interface Flags {
  to: string;
  key?: string;
  json?: boolean;
}

/** Adds `forewarn push`. */
export function register(program: Command, io: Io): void {
  program
    .command("push")
    .description("send rows to a daemon; sending the same rows again is harmless")
    .argument("<file>", "CSV, Parquet or NDJSON file, data set directory, or - for NDJSON on standard input")
    .option("--to <url>", "the daemon", "http://127.0.0.1:8000")
    .option("--key <key>", "API key that may ingest; FOREWARN_API_KEY without")
    .option("--json", "one JSON document: {rows, accepted, duplicates, conflicts, rejected, errors}")
    .addHelpText(
      "after",
      "\nColumns have the names of the contract; see forewarn import for others. Exit code 3 when rows were rejected.\n" +
        "\nExamples:\n  forewarn push rows.csv\n  tail -F rows.ndjson | forewarn push - --to https://forewarn.example\n",
    )
    .action((file: string, flags: Flags) => push(file, flags, io));
}

async function push(file: string, flags: Flags, io: Io): Promise<void> {
  const { createHttpSink } = await import("../../simulate/index.ts");
  const base = httpUrl(flags.to, "--to").replace(/\/+$/, "");
  const key = flags.key ?? process.env["FOREWARN_API_KEY"];
  const counts = emptyPushCounts();
  const { setTimeout: sleep } = await import("node:timers/promises");
  const send = createHttpSink({
    url: `${base}/api/v1/rows`,
    headers: key === undefined ? [] : [["Authorization", `Bearer ${key}`]],
    fetch: countingFetch(fetch, counts),
    now: io.now,
    wait: (ms) => sleep(ms),
    signal: new AbortController().signal,
    onRetry: (reason, delayMs) => io.stderr(`${base}: ${reason}, again in ${formatDuration(Math.round(delayMs))}\n`),
  });
  let rows = 0;
  let undelivered = 0;
  for await (const batch of rowsOf(file, BATCH_ROWS)) {
    rows += batch.length;
    undelivered += batch.length - (await send(batch));
  }
  const { errors, ...sums } = counts;
  if (flags.json) printJson(io, { rows, ...sums, errors });
  else {
    const { accepted, duplicates, conflicts, rejected } = sums;
    const others = `${duplicates} were there already, ${conflicts} conflict, ${rejected} rejected`;
    io.stdout(`${rows} rows: ${accepted} stored, ${others}\n`);
    for (const { code, path, message } of errors.slice(0, SHOWN_ERRORS)) io.stderr(`  ${code} ${path}: ${message}\n`);
  }
  if (undelivered > 0) {
    throw new ForewarnError(
      "delivery_failed",
      `${base}: Expected all ${rows} rows to be taken, ${undelivered} were not`,
    );
  }
  if (sums.rejected > 0) io.setExitCode(3);
}
