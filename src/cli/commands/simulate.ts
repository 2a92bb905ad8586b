// forewarn simulate: a data set of a synthetic fleet.
import type { Command } from "commander";
import { formatDuration, parseDuration } from "../../base/index.ts";
import { isoTime, positiveNumber, seedNumber, wholeNumber } from "../flags.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";

interface Options {
  servers: string;
  hours: string;
  interval: string;
  seed: string;
  start?: string;
  out: string;
  json?: true;
}

/** Adds `forewarn simulate`. */
export function register(program: Command, io: Io): void {
  program
    .command("simulate")
    .description(
      "make a data set of a synthetic fleet under the contract fleet/4.0: seven profiles, daily load, and slow leaks " +
        "that end in a breach. The same options give the same rows.",
    )
    .option("--servers <count>", "number of servers", "15")
    .option("--hours <hours>", "length of the history; training needs 48 or more", "24")
    .option("--interval <duration>", "spacing of the rows; 5m must be a multiple of it", "5m")
    .option("--seed <number>", "seed of everything random", "42")
    .option("--start <time>", "first row, ISO 8601 (default: Monday 2026-01-05T00:00:00Z)")
    .requiredOption("--out <directory>", "new data set directory (required)")
    .option("--json", "print the data set's description as JSON")
    .addHelpText("after", "\nExample:\n  forewarn simulate --servers 15 --hours 168 --out fleet/\n")
    .action(async (options: Options) => {
      const { simulateToDataSet } = await import("../../simulate/index.ts");
      const meta = await simulateToDataSet(
        options.out,
        {
          servers: wholeNumber(options.servers, "--servers"),
          hours: positiveNumber(options.hours, "--hours"),
          intervalMs: parseDuration(options.interval, "--interval"),
          seed: seedNumber(options.seed),
          ...(options.start === undefined ? {} : { startMs: isoTime(options.start, "--start") }),
        },
        program.version() ?? "unknown",
      );
      if (options.json) {
        const { contract, ...description } = meta;
        printJson(io, { directory: options.out, contract: `${contract.name}/${contract.version}`, ...description });
        return;
      }
      const span = `${new Date(meta.startMs).toISOString()} to ${new Date(meta.endMs).toISOString()}`;
      const spacing = formatDuration(meta.rowIntervalMs);
      io.stderr(`wrote ${options.out}: ${meta.rows} rows of ${meta.servers} servers every ${spacing}, ${span}\n`);
    });
}
