// forewarn contract validate: data checked against a contract, every problem named, nothing written.
import type { Command } from "commander";
import type { ValidationReport } from "../../ingest/index.ts";
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
    .option(
      "--contract <contract>",
      "built-in name or contract file; a data set is compared with it (default: the data set's own; the mapping's; fleet/4.0)",
    )
    .option("--json", "print {valid, contract, comparison, problems, notes, ...} as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  forewarn contract validate rows.csv --map map.yaml\n  forewarn contract validate fleet/\n",
    )
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
        io.stdout(verdict(report));
      }
      if (!isValid) io.setExitCode(3);
    });
}

/** A data set that was compared with another contract gets two lines: one on its rows, one on the comparison. */
function verdict({ contract, comparison, problems }: ValidationReport): string {
  const differences = comparison?.differences ?? 0;
  const isSound = problems.length === differences;
  const rows = `${isSound ? "valid" : "not valid"} under ${contract}`;
  if (comparison === null) return `${rows}\n`;
  if (differences === 0) return `${rows}\nits contract equals ${comparison.contract}\n`;
  const places = `${differences} difference${differences === 1 ? "" : "s"} (contract_mismatch above)`;
  return `rows ${rows}, the data set's own contract\nnot valid under ${comparison.contract}: ${places}\n`;
}
