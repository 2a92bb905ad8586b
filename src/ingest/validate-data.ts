// Validates data without writing anything: a data set directory, or files as import would read them.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ForewarnError, fileError } from "../base/index.ts";
import { type Contract, contractId, diffContracts, readContract } from "../contract/index.ts";
import { openDataSet, openDuckDb, parquetFiles } from "../store/index.ts";
import { checkFiles, type Findings, type InputOptions, noFindings, resolveInput } from "./findings.ts";
import type { Mapping } from "./mapping.ts";

/** The findings and the contract that was checked. */
export interface ValidationReport extends Findings {
  contract: string;
}

/**
 * Checks one data set directory, or files, against a contract: the given one, the mapping's, or the data set's own.
 * Files that cannot be read are problems of the report.
 * @throws ForewarnError `path_missing`, or `usage_invalid` for a directory among other inputs.
 */
export async function validateData(options: InputOptions): Promise<ValidationReport> {
  const input = (await dataSetInput(options)) ?? { ...resolveInput(options), files: options.files };
  const spillDirectory = mkdtempSync(join(tmpdir(), "forewarn-"));
  const db = await openDuckDb({ spillDirectory });
  try {
    const findings = await checkFiles(db, input.files, input.contract, input.mapping).catch((error: unknown) =>
      unreadable(error, input.files),
    );
    return {
      contract: contractId(input.contract),
      ...findings,
      problems: [...(input.differences ?? []), ...findings.problems],
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
  /** Differences between the data set's contract and the one asked for. */
  differences?: Findings["problems"];
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
  const asked = options.contract === undefined ? own : readContract(options.contract);
  const differences = diffContracts(asked, own).map(
    ({ path, message }) => ({ code: "contract_mismatch", path, message }) as const,
  );
  return { files: parquetFiles(join(directory, "rows")), contract: own, mapping: undefined, differences };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw fileError(error, path);
  }
}
