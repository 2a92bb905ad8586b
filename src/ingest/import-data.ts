// Imports files into a contract-checked data set: all checks first, then the rows on the contract's regular grid, then
// the directory appears; or one error with every problem, and nothing.
import { join } from "node:path";
import { ForewarnError, type Issue } from "../base/index.ts";
import { contractId, intervalMs } from "../contract/index.ts";
import { createDataSet, type DataSetMeta } from "../store/index.ts";
import { checkFiles, type Findings, type InputOptions, resolveInput } from "./findings.ts";
import { writeRowsSql } from "./write-rows.ts";

/** What to import and where to. */
export interface ImportOptions extends InputOptions {
  /** Directory of the new data set; must not exist. */
  out: string;
  /** Version of Forewarn, recorded in the data set. */
  forewarnVersion: string;
}

/** What an import did. */
export interface ImportReport {
  directory: string;
  contract: string;
  meta: DataSetMeta;
  findings: Findings;
}

/**
 * Imports CSV and Parquet files.
 * @throws ForewarnError with the code of the first problem and all of them in `issues`; `path_exists`, `disk_full`,
 *   `path_not_writable`, `file_empty`, `file_unreadable`, `path_missing`. Nothing is left behind then.
 */
export async function importData(options: ImportOptions): Promise<ImportReport> {
  const { contract, mapping } = resolveInput(options);
  const interval = intervalMs(contract);
  let findings: Findings | undefined;
  const createdBy: DataSetMeta["createdBy"] = { tool: "import", forewarnVersion: options.forewarnVersion };
  const meta = await createDataSet(options.out, contract, interval, createdBy, async (rowsDirectory, db) => {
    findings = await checkFiles(db, options.files, contract, mapping);
    if (findings.problems.length > 0) throw refusal(findings.problems);
    createdBy["rowsRead"] = findings.rows;
    createdBy["rowsMerged"] = findings.mergedRows;
    const path = join(rowsDirectory, "rows.parquet");
    // With one thread sums are taken in the order of the rows, so that equal input gives equal bytes.
    await db.run("SET threads = 1");
    await db.run(writeRowsSql(contract, interval, findings.mergedRows > 0, path));
  });
  return { directory: options.out, contract: contractId(contract), meta, findings: findings as Findings };
}

/** One error for all problems of an input; its code is that of the first, its message names the first. */
export function refusal(problems: readonly Issue[]): ForewarnError {
  const { code, path, message } = problems[0]!;
  const number = problems.length === 1 ? "" : ` (and ${problems.length - 1} more problems)`;
  return new ForewarnError(code, `input: ${path}: ${message}${number}`, {
    issues: problems,
    hint: "nothing was written; a mapping (--map) renames, converts and drops columns",
  });
}
