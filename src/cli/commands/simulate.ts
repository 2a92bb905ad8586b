// forewarn simulate: a data set of a synthetic fleet.
import type { Command } from "commander";
import { ForewarnError, formatDuration, parseDuration } from "../../base/index.ts";
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
      "make a data set of a synthetic fleet under the contract fleet/4.0: seven profiles, daily load, and slow leaks\n" +
        "that end in a breach. The same options give the same rows.",
    )
    .option("--servers <count>", "number of servers", "15")
    .option("--hours <hours>", "length of the history", "24")
    .option("--interval <duration>", "spacing of the rows; divides 5m", "5m")
    .option("--seed <number>", "seed of everything random", "42")
    .option("--start <time>", "first row, ISO 8601 (default: Monday 2026-01-05T00:00:00Z)")
    .requiredOption("--out <directory>", "new data set directory")
    .option("--json", "print the data set's description as JSON")
    .action(async (options: Options) => {
      const { simulateToDataSet } = await import("../../simulate/index.ts");
      const meta = await simulateToDataSet(
        options.out,
        {
          servers: parseNumber(options.servers, "--servers"),
          hours: parseNumber(options.hours, "--hours"),
          intervalMs: parseDuration(options.interval, "--interval"),
          seed: parseNumber(options.seed, "--seed"),
          ...(options.start === undefined ? {} : { startMs: parseTime(options.start, "--start") }),
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

function parseNumber(text: string, name: string): number {
  const number = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw new ForewarnError("usage_invalid", `${name}: Expected a number, got ${JSON.stringify(text)}`);
}

function parseTime(text: string, name: string): number {
  const timeMs = /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(timeMs)) return timeMs;
  const expected = "Expected an ISO 8601 time with its zone such as 2026-01-05T00:00:00Z";
  throw new ForewarnError("usage_invalid", `${name}: ${expected}, got ${JSON.stringify(text)}`);
}
