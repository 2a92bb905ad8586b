// forewarn import: files from outside, or the history of a Prometheus, become a data set under a contract.
import { type Command, Option } from "commander";
import { ForewarnError } from "../../base/index.ts";
import type { Io } from "../io.ts";
import { findingsText } from "../output/findings.ts";
import { printJson } from "../output/json.ts";
import { addPrometheusFlags, CREDENTIALS_HELP, type PrometheusFlags } from "../prometheus-flags.ts";
import { importPrometheus } from "./import-prometheus.ts";

/** Values of the flags. */
export interface ImportFlags extends PrometheusFlags {
  map?: string;
  contract?: string;
  prometheus?: string;
  mapping: string;
  since?: string;
  until?: string;
  out: string;
  json?: true;
}

/** Flags that mean nothing without `--prometheus`. */
const PULL_FLAGS = ["mapping", "since", "until", "user", "tokenFile", "caFile", "header"];

/** Adds `forewarn import`. */
export function register(program: Command, io: Io): void {
  const command = program
    .command("import")
    .description(
      "turn CSV (plain or gzip) or Parquet files into a data set: columns mapped by name, values checked against the " +
        "contract, rows put on its regular grid. Any problem refuses the whole import and leaves nothing behind. Or, " +
        "with --prometheus, pull history by range queries: one expression for each metric of the contract.",
    )
    .argument("[files...]", "CSV or Parquet files")
    .option(
      "--map <file>",
      "mapping of columns (YAML or JSON); without it columns need the names of the contract or of an old form of it",
    )
    .option("--contract <contract>", "built-in name or contract file (default: the mapping's, or fleet/4.0)")
    .requiredOption("--out <directory>", "new data set directory (required)")
    .option("--json", "print {directory, contract, dataSet, findings} as JSON")
    .addOption(
      new Option("--prometheus <url>", "pull from this database; the URL is what stands before /api/v1").conflicts([
        "map",
        "contract",
      ]),
    )
    .option("--mapping <mapping>", "mapping of series: node, container, or a file of `prometheus discover`", "node")
    .option("--since <when>", "where history begins: a duration before the end, or an ISO 8601 time (default: 30d)")
    .option("--until <time>", "where it ends, an ISO 8601 time (default: a minute ago)");
  addPrometheusFlags(command)
    .addHelpText(
      "after",
      `${CREDENTIALS_HELP}\nExamples:\n` +
        "  forewarn import day1.csv.gz day2.csv.gz --map map.yaml --out fleet/\n" +
        "  forewarn import --prometheus http://localhost:9090 --since 30d --out fleet/\n",
    )
    .action(async (files: string[], flags: ImportFlags) => {
      const version = program.version() ?? "unknown";
      if (flags.prometheus === undefined) await importFiles(files, flags, command, version, io);
      else await importPrometheus(files, { ...flags, prometheus: flags.prometheus }, version, io);
    });
}

async function importFiles(
  files: readonly string[],
  flags: ImportFlags,
  command: Command,
  forewarnVersion: string,
  io: Io,
): Promise<void> {
  const stray = PULL_FLAGS.find((name) => command.getOptionValueSource(name) === "cli");
  if (stray !== undefined) {
    const flag = command.options.find((option) => option.attributeName() === stray)!.long;
    throw new ForewarnError("usage_invalid", `${flag}: Expected it only with --prometheus`);
  }
  if (files.length === 0) {
    throw new ForewarnError("usage_invalid", "import: Expected files or --prometheus, got neither");
  }
  const { importData } = await import("../../ingest/index.ts");
  const { findings, meta, contract } = await importData({
    files,
    out: flags.out,
    forewarnVersion,
    ...(flags.map === undefined ? {} : { mapping: flags.map }),
    ...(flags.contract === undefined ? {} : { contract: flags.contract }),
  });
  if (flags.json) {
    const { contract: _, ...dataSet } = meta;
    printJson(io, { directory: flags.out, contract, dataSet, findings });
    return;
  }
  io.stdout(findingsText(findings));
  io.stderr(`wrote ${flags.out}: ${meta.rows} rows of ${meta.servers} servers under ${contract}\n`);
}
