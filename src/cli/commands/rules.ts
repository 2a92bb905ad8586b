// forewarn rules: the alert rules, and test: what they would have done on the forecasts that a daemon has stored.
import type { Command } from "commander";
import { ForewarnError, parseDuration } from "../../base/index.ts";
import type { Contract } from "../../contract/index.ts";
import type { ReplayReport } from "../../daemon/index.ts";
import type { Series } from "../../store/index.ts";
import { daemonSeries } from "../client/daemon-series.ts";
import { addConfigFlags, type ConfigFlags, configOf } from "../config-flags.ts";
import { httpUrl } from "../flags.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";
import { renderTable } from "../output/table.ts";
import { addRulesPrometheus } from "./rules-prometheus.ts";

interface Flags extends ConfigFlags {
  since: string;
  url?: string;
  key?: string;
  json?: boolean;
}

/** Adds `forewarn rules` with its subcommands. */
export function register(program: Command, io: Io): void {
  const rules = program.command("rules").description("alert rules");
  addRulesPrometheus(rules, io);
  addConfigFlags(rules.command("test"))
    .description("replay stored forecasts under the configured rules: how many alerts, how good, how early")
    .option("--since <duration>", "how far back", "7d")
    .option("--models <dir>", "directory of models, for the rules when none are configured")
    .option("--url <url>", "the running daemon, which is asked for the measured values; without, its store is opened")
    .option("--key <key>", "API key that may read; FOREWARN_API_KEY without")
    .option("--json", "one JSON document: {forecasts, servers, incidents, tooLittle: [...], rules: [...]}")
    .addHelpText(
      "after",
      "\nExample:\n  forewarn rules test --since 7d --config new-rules.yaml --url http://127.0.0.1:8000\n",
    )
    .action((flags: Flags) => test(flags, io));
}

async function test(flags: Flags, io: Io): Promise<void> {
  const { alertRulesFor, chooseContract, dataPaths, newestModel, replayStored } = await import("../../daemon/index.ts");
  const { config } = await configOf(flags);
  const contract = chooseContract(config);
  const toMs = io.now();
  const fromMs = toMs - parseDuration(flags.since, "--since");
  const rules = alertRulesFor(contract, config.alerts, newestModel(config.models.directory));
  const request = { config, contract, rules, fromMs, toMs };
  const url = flags.url === undefined ? null : httpUrl(flags.url, "--url");
  const report =
    url === null
      ? await withStore(dataPaths(config.store.dataDir).store, contract, toMs, (seriesOf) =>
          replayStored({ ...request, seriesOf }),
        )
      : await replayStored({ ...request, seriesOf: daemonSeries(url, flags.key, contract, toMs) });
  if (flags.json) printJson(io, report);
  else io.stdout(reportText(report));
}

/** Opens the store of a daemon that does not run. */
async function withStore<Result>(
  directory: string,
  contract: Contract,
  toMs: number,
  body: (seriesOf: (server: string, fromMs: number) => Promise<Series | null>) => Promise<Result>,
): Promise<Result> {
  const { openEmbeddedStore } = await import("../../store/index.ts");
  const store = await openEmbeddedStore(directory, contract).catch((error: unknown) => {
    if (!(error instanceof ForewarnError) || error.code !== "directory_locked") throw error;
    throw new ForewarnError("directory_locked", error.message, {
      hint: "the daemon runs: give its --url",
      cause: error,
    });
  });
  try {
    const known = new Set(store.servers().map(({ server }) => server));
    return await body(async (server, fromMs) => (known.has(server) ? store.history(server, fromMs, toMs) : null));
  } finally {
    await store.close();
  }
}

function reportText({ forecasts, servers, incidents, tooLittle, rules }: ReplayReport): string {
  const share = (value: number): string => (Number.isNaN(value) ? "-" : `${Math.round(value * 100)} %`);
  const rows = rules.map(({ rule, alerts, open, record }) => [
    rule,
    `${alerts}`,
    share(record.precision),
    share(record.recall),
    Number.isNaN(record.leadMinutes.p50) ? "-" : `${Math.round(record.leadMinutes.p50)} min`,
    `${open}`,
  ]);
  const titles = ["alerts", "precision", "recall", "median lead", "open"];
  const columns = [{ title: "rule" }, ...titles.map((title) => ({ title, align: "right" as const }))];
  const warning = tooLittle.length === 0 ? "" : `too little to judge by: ${tooLittle.join("; ")}\n`;
  return `${forecasts} forecasts of ${servers} servers, ${incidents} incidents\n${warning}\n${renderTable(columns, rows)}`;
}
