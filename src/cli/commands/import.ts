// forewarn import: files from outside become a data set that is checked against a contract.
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { findingsText } from "../output/findings.ts";
import { printJson } from "../output/json.ts";

interface Options {
  map?: string;
  contract?: string;
  out: string;
  json?: true;
}

/** Adds `forewarn import`. */
export function register(program: Command, io: Io): void {
  program
    .command("import")
    .description(
      "turn CSV (plain or gzip) or Parquet files into a data set: columns mapped by name, values checked against the " +
        "contract, rows put on its regular grid. Any problem refuses the whole import and leaves nothing behind.",
    )
    .argument("<files...>", "CSV or Parquet files")
    .option(
      "--map <file>",
      "mapping document (YAML or JSON); without it columns need the names of the contract or of an old form of it",
    )
    .option("--contract <contract>", "built-in name or contract file (default: the mapping's, or fleet/4.0)")
    .requiredOption("--out <directory>", "new data set directory (required)")
    .option("--json", "print {directory, contract, dataSet, findings} as JSON")
    .addHelpText("after", "\nExample:\n  forewarn import day1.csv.gz day2.csv.gz --map map.yaml --out fleet/\n")
    .action(async (files: string[], options: Options) => {
      const { importData } = await import("../../ingest/index.ts");
      const { findings, meta, contract } = await importData({
        files,
        out: options.out,
        forewarnVersion: program.version() ?? "unknown",
        ...(options.map === undefined ? {} : { mapping: options.map }),
        ...(options.contract === undefined ? {} : { contract: options.contract }),
      });
      if (options.json) {
        const { contract: _, ...dataSet } = meta;
        printJson(io, { directory: options.out, contract, dataSet, findings });
        return;
      }
      io.stdout(findingsText(findings));
      io.stderr(`wrote ${options.out}: ${meta.rows} rows of ${meta.servers} servers under ${contract}\n`);
    });
}
