// dataset.json: what a data set is, in one small file beside its rows.
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ForewarnError, fileError, formatDuration, sha256 } from "../base/index.ts";
import { type Contract, contractHash, intervalMs, parseContract } from "../contract/index.ts";

/** Content of `dataset.json`. */
export interface DataSetMeta {
  formatVersion: 1;
  contract: Contract;
  /** SHA-256 of the contract's canonical form. */
  contractHash: string;
  /** Spacing of the stored rows; divides the contract's interval. */
  rowIntervalMs: number;
  rows: number;
  servers: number;
  /** Timestamp of the first row, epoch milliseconds. */
  startMs: number;
  /** Timestamp of the last row, epoch milliseconds. */
  endMs: number;
  createdBy: { tool: "import" | "prometheus" | "simulate"; forewarnVersion: string; [key: string]: unknown };
  /** SHA-256 over the SHA-256 of the Parquet files, in name order. */
  fingerprint: string;
}

const count = z.number().int().nonnegative();

const metaSchema = z.strictObject({
  formatVersion: z.literal(1),
  contract: z.unknown(),
  contractHash: z.string(),
  rowIntervalMs: count.positive(),
  rows: count,
  servers: count,
  startMs: z.number().int(),
  endMs: z.number().int(),
  createdBy: z.looseObject({ tool: z.enum(["import", "prometheus", "simulate"]), forewarnVersion: z.string() }),
  fingerprint: z.string(),
});

/**
 * Reads and checks `dataset.json` of a data set directory.
 * @throws ForewarnError `path_missing` when there is no data set, `dataset_invalid` when it is damaged.
 */
export function readMeta(directory: string): DataSetMeta {
  const path = join(directory, "dataset.json");
  if (!existsSync(path)) {
    throw new ForewarnError("path_missing", `${directory}: Expected a data set directory, but it has no dataset.json`, {
      hint: "make one with `forewarn import` or `forewarn simulate`",
    });
  }
  const parsed = metaSchema.safeParse(readJson(path));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ForewarnError("dataset_invalid", `${path}: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const contract = parseContract(parsed.data.contract, path);
  const hash = contractHash(contract);
  if (hash !== parsed.data.contractHash) {
    throw new ForewarnError(
      "dataset_invalid",
      `${path}: Expected contractHash ${hash} for the contract in it, got ${parsed.data.contractHash}`,
      { hint: "the file was edited by hand; import the data again" },
    );
  }
  checkRowInterval(contract, parsed.data.rowIntervalMs, path);
  return { ...parsed.data, contract };
}

/**
 * Checks that stored rows can be put on the contract's grid.
 * @throws ForewarnError `interval_mismatch` when the row interval does not divide the contract's interval.
 */
export function checkRowInterval(contract: Contract, rowIntervalMs: number, where: string): void {
  const interval = intervalMs(contract);
  if (interval % rowIntervalMs === 0) return;
  throw new ForewarnError(
    "interval_mismatch",
    `${where}: Expected a row interval that divides the contract's ${formatDuration(interval)}, ` +
      `got ${formatDuration(rowIntervalMs)}`,
  );
}

/** Paths of the Parquet files of a rows folder, in name order. */
export function parquetFiles(rowsDirectory: string): string[] {
  if (!existsSync(rowsDirectory)) return [];
  return readdirSync(rowsDirectory)
    .filter((name) => name.endsWith(".parquet"))
    .sort()
    .map((name) => join(rowsDirectory, name));
}

/** SHA-256 over the SHA-256 of the files, in the order given. */
export function fingerprintFiles(paths: readonly string[]): string {
  return sha256(paths.map(hashFile).join("\n"));
}

function hashFile(path: string): string {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(1 << 20);
  const fd = openSync(path, "r");
  try {
    for (let size = readSync(fd, buffer); size > 0; size = readSync(fd, buffer)) hash.update(buffer.subarray(0, size));
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw fileError(error, path);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ForewarnError("dataset_invalid", `${path}: Expected JSON, got ${(error as Error).message}`, {
      cause: error,
    });
  }
}
