// forewarn contract validate: data checked against a contract, every problem named, nothing written.
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { findingsText } from "../output/findings.ts";
import { printJson } from "../output/json.ts";

interface Options {
  map?: string;
  contract?: string;
  json?: true;
}

/** Adds `forewarn contract validate` below `contractCommand`. */
export function registerValidate(contractCommand: Command, io: Io): void {
  contractCommand
    .command("validate")
    .description("check a data set directory, or CSV and Parquet files; exit code 3 if anything is wrong")
    .argument("<data...>", "one data set directory, or files")
    .option("--map <file>", "mapping document, as for import")
    .option("--contract <contract>", "built-in name or contract file (default: the data's own, or fleet/4.0)")
    .option("--json", "print {valid, contract, problems, notes, ...} as JSON")
    .action(async (data: string[], options: Options) => {
      const { validateData } = await import("../../ingest/index.ts");
      const report = await validateData({
        files: data,
        ...(options.map === undefined ? {} : { mapping: options.map }),
        ...(options.contract === undefined ? {} : { contract: options.contract }),
      });
      const isValid = report.problems.length === 0;
      if (options.json) printJson(io, { valid: isValid, ...report });
      else {
        io.stdout(findingsText(report));
        io.stdout(`${isValid ? "valid" : "not valid"} under ${report.contract}\n`);
      }
      if (!isValid) io.setExitCode(3);
    });
}
