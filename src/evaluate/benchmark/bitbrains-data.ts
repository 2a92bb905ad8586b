// The CPU series of Bitbrains "Rnd" on the grid of GIFT-Eval's bitbrains_rnd/5T: bin = floor(seconds / 300) - 4,575,432,
// mean of the rows of a bin, NaN where there is none, float32 (src/gift_eval/data.py of the benchmark).
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ForewarnError } from "../../base/index.ts";
import { assertSameContract, intervalMs, readContract } from "../../contract/index.ts";
import { importData } from "../../ingest/index.ts";
import { type DataSet, openDataSet, type Series } from "../../store/index.ts";
import type { BinRange } from "./bin-range.ts";

/** Number since the epoch of the grid's bin 0, 2013-06-30T22:00 UTC. */
const EPOCH_BIN_OF_FIRST = 4_575_432;
const SOURCE_FILE = "rnd_2013-07_cpu.csv.gz";
const examples = new URL("../../../examples/bitbrains/", import.meta.url);
const mappingPath = fileURLToPath(new URL("rnd-cpu.yaml", examples));
const contractPath = fileURLToPath(new URL("rnd-cpu-contract.yaml", examples));

/**
 * Opens the benchmark's data: a data set imported with examples/bitbrains/rnd-cpu.yaml, or a folder with the publisher's
 * rows in `rnd_2013-07_cpu.csv.gz`, which are imported into `workDirectory`.
 * @throws ForewarnError `path_missing` when `directory` is neither; `contract_mismatch` for another data set; what
 *   `importData` and `openDataSet` throw.
 */
export async function openBitbrains(directory: string, workDirectory: string, version: string): Promise<DataSet> {
  if (existsSync(join(directory, "dataset.json"))) {
    const dataSet = await openDataSet(directory);
    assertSameContract(readContract(contractPath), dataSet.meta.contract, `data set ${directory}`);
    return dataSet;
  }
  const file = join(directory, SOURCE_FILE);
  if (!existsSync(file)) {
    throw new ForewarnError("path_missing", `${directory}: Expected ${SOURCE_FILE} or a data set, got neither`, {
      hint: "give the folder that holds the file, or what `forewarn import` made of it with examples/bitbrains",
    });
  }
  const out = join(workDirectory, "bitbrains");
  await importData({ files: [file], mapping: mappingPath, out, forewarnVersion: version });
  return openDataSet(out);
}

/** Start of a bin, epoch milliseconds. */
export function binStartMs(dataSet: DataSet, bin: number): number {
  return (EPOCH_BIN_OF_FIRST + bin) * intervalMs(dataSet.meta.contract);
}

/**
 * Checks that the data holds the test bins and something to learn from before them.
 * @throws ForewarnError `insufficient_data`, naming the bins that there are.
 */
export function assertCovers(dataSet: DataSet, { first, last }: BinRange, historySteps: number): void {
  const { contract, startMs, endMs } = dataSet.meta;
  const binOf = (timeMs: number) => Math.floor(timeMs / intervalMs(contract)) - EPOCH_BIN_OF_FIRST;
  const [begin, end] = [binOf(startMs), binOf(endMs)];
  if (last > end) {
    throw new ForewarnError(
      "insufficient_data",
      `--test-bins: Expected bins of the data, ${begin} to ${end}, got ${first}..${last}`,
      { hint: "the official test bins need the full file of the month" },
    );
  }
  if (first < begin + historySteps) {
    throw new ForewarnError(
      "insufficient_data",
      `--test-bins: Expected ${historySteps} bins of history before the first test bin, got ${Math.max(0, first - begin)}`,
      { hint: `start at bin ${begin + historySteps} or later` },
    );
  }
}

/** Puts a series on bins 0 to `bins` - 1 of the grid; NaN where it has none. */
export function onGrid(dataSet: DataSet, series: Series, bins: number): Series {
  const startMs = binStartMs(dataSet, 0);
  const offset = Math.round((series.startMs - startMs) / intervalMs(dataSet.meta.contract));
  const values = series.values.map((column) => {
    const padded = new Float32Array(bins).fill(Number.NaN);
    padded.set(column.subarray(Math.max(0, -offset), Math.max(0, bins - offset)), Math.max(0, offset));
    return padded;
  });
  return { ...series, startMs, steps: bins, values };
}
