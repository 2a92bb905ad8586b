// Validates data without writing anything: a data set directory, or files as import would read them.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ForewarnError, fileError, type Issue } from "../base/index.ts";
import { type Contract, contractId, diffContracts, readContract } from "../contract/index.ts";
import { openDataSet, openDuckDb, parquetFiles } from "../store/index.ts";
import { checkFiles, type Findings, type InputOptions, noFindings, resolveInput } from "./findings.ts";
import type { Mapping } from "./mapping.ts";

/** The findings and the contract that was checked. */
export interface ValidationReport extends Findings {
  /** The contract that the rows were checked against: a data set's own, or the one that files are read under. */
  contract: string;
  /** The contract that a data set was compared with, and in how many places its own differs; null without one. */
  comparison: { contract: string; differences: number } | null;
}

/**
 * Checks one data set directory, or files. Files are checked against the given contract or the mapping's; the rows of a
 * data set against its own, whose differences from the given contract are `contract_mismatch` problems.
 * Files that cannot be read are problems of the report.
 * @throws ForewarnError `path_missing`, or `usage_invalid` for a directory among other inputs.
 */
export async function validateData(options: InputOptions): Promise<ValidationReport> {
  const input = (await dataSetInput(options)) ?? {
    ...resolveInput(options),
    files: options.files,
    comparison: null,
  };
  const spillDirectory = mkdtempSync(join(tmpdir(), "forewarn-"));
  const db = await openDuckDb({ spillDirectory });
  try {
    const findings = await checkFiles(db, input.files, input.contract, input.mapping).catch((error: unknown) =>
      unreadable(error, input.files),
    );
    return {
      contract: contractId(input.contract),
      comparison: input.comparison && {
        contract: contractId(input.comparison.contract),
        differences: input.comparison.differences.length,
      },
      ...findings,
      problems: [...(input.comparison?.differences ?? []), ...findings.problems],
    };
  } finally {
    db.closeSync();
    rmSync(spillDirectory, { recursive: true, force: true });
  }
}

/** A file that cannot be read is a finding like any other; everything else is an error of the run. */
function unreadable(error: unknown, files: readonly string[]): Findings {
  if (!(error instanceof ForewarnError) || !["file_empty", "file_unreadable"].includes(error.code)) throw error;
  const path = files.find((file) => error.message.includes(basename(file))) ?? "input";
  return {
    ...noFindings(files.length),
    problems: [{ code: error.code, path: basename(path), message: error.message }],
  };
}

interface ResolvedInput {
  files: readonly string[];
  contract: Contract;
  mapping: Mapping | undefined;
  /** The contract asked for, and how a data set's own differs from it. */
  comparison: { contract: Contract; differences: Findings["problems"] } | null;
}

async function dataSetInput(options: InputOptions): Promise<ResolvedInput | undefined> {
  const directory = options.files.find(isDirectory);
  if (directory === undefined) return undefined;
  if (options.files.length > 1 || options.mapping !== undefined) {
    throw new ForewarnError("usage_invalid", `${directory}: Expected one data set directory and no mapping, or files`);
  }
  const dataSet = await openDataSet(directory);
  dataSet.close();
  const own = dataSet.meta.contract;
  const comparison = options.contract === undefined ? null : compare(readContract(options.contract), own);
  return { files: parquetFiles(join(directory, "rows")), contract: own, mapping: undefined, comparison };
}

function compare(contract: Contract, own: Contract): ResolvedInput["comparison"] {
  const differences = diffContracts(contract, own).map(({ path, message }): Issue => {
    const text = message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
    return { code: "contract_mismatch", path, message: text };
  });
  return { contract, differences };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw fileError(error, path);
  }
}
