// forewarn prometheus discover: what a Prometheus has that could be forecast, and the mapping that does it.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { ForewarnError, formatDuration, writeFileAtomic } from "../../base/index.ts";
import type { Discovery, MetricCoverage, Proposal } from "../../prometheus/index.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";
import { printable, renderTable } from "../output/table.ts";
import {
  addPrometheusFlags,
  CREDENTIALS_HELP,
  openPrometheus,
  type PrometheusFlags,
  untilInterrupted,
} from "../prometheus-flags.ts";

interface Flags extends PrometheusFlags {
  url: string;
  mapping?: string;
  serverLabel?: string;
  out?: string;
  json?: true;
}

const KINDS = ["node", "container", "generic"];
const SHOWN_LABELS = 20;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Adds `forewarn prometheus` with its subcommands. */
export function register(program: Command, io: Io): void {
  const command = program.command("prometheus").description("what a Prometheus has that could be forecast");
  addPrometheusFlags(
    command
      .command("discover")
      .description(
        "look at the series of a Prometheus, VictoriaMetrics, Mimir or Thanos, propose the mapping that fits best, " +
          "and say what is missing; exit code 3 if something that the contract requires is",
      )
      .requiredOption("--url <url>", "the database: what stands before /api/v1 (required)")
      .option("--mapping <name>", "try only this one: node, container or generic")
      .option("--server-label <label>", "label that tells servers apart, for a generic mapping")
      .option("--out <file>", "write the proposed mapping to a new file (YAML), to be edited")
      .option("--json", "print {url, version, metricNames, labelNames, instances, proposals} as JSON"),
  )
    .addHelpText(
      "after",
      `${CREDENTIALS_HELP}\nExample:\n  forewarn prometheus discover --url http://localhost:9090 --out mapping.yaml\n`,
    )
    .action((flags: Flags) => discoverAction(flags, io));
}

async function discoverAction(flags: Flags, io: Io): Promise<void> {
  const { mapping: only, serverLabel, out } = flags;
  if (only !== undefined && !KINDS.includes(only)) {
    throw new ForewarnError("usage_invalid", `--mapping: Expected one of ${KINDS.join(", ")}, got ${only}`);
  }
  if (serverLabel !== undefined && !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(serverLabel)) {
    throw new ForewarnError("usage_invalid", `--server-label: Expected the name of a label, got ${serverLabel}`);
  }
  if (out !== undefined && existsSync(out)) {
    throw new ForewarnError("path_exists", `${out}: Expected a new file, but it exists`);
  }
  const { discover, mappingText } = await import("../../prometheus/index.ts");
  const nowMs = io.now();
  const discovery = await untilInterrupted(async (signal) =>
    discover({
      client: await openPrometheus(flags.url, "--url", flags, io, signal),
      nowMs,
      ...(only !== undefined && { only }),
      ...(serverLabel !== undefined && { serverLabel }),
    }),
  );
  const best = discovery.proposals[0]!;
  if (out !== undefined) writeFileAtomic(out, mappingText(best.document, mappingComment(discovery, best)));
  if (flags.json) printJson(io, discovery);
  else io.stdout(discoveryText(discovery, best, nowMs));
  if (out !== undefined) io.stderr(`wrote ${out}\n`);
  io.stderr(`next: ${nextCommand(discovery, best, out, nowMs)}\n`);
  if (best.coverage.metrics.some(({ isRequired, servers }) => isRequired && servers === 0)) io.setExitCode(3);
}

function discoveryText(discovery: Discovery, best: Proposal, nowMs: number): string {
  const { url, version, metricNames, labelNames, instances, proposals } = discovery;
  const { coverage } = best;
  const lines = [
    `${url}${version === "" ? "" : `, version ${printable(version)}`}: ${metricNames} metrics, ${instances} instances, ` +
      `labels ${labelText(labelNames)}`,
    ...proposals.slice(1).map(({ name, coverage: { share } }) => `tried ${name}: ${percent(share)} of its metrics`),
    `proposed: ${best.name}, ${percent(coverage.share)} of its metrics, ${coverage.servers} servers`,
  ];
  if (coverage.sinceMs !== null) {
    const ageMs = nowMs - coverage.sinceMs;
    const unitMs = ageMs < DAY_MS ? MINUTE_MS : HOUR_MS;
    const age = formatDuration(Math.floor(ageMs / unitMs) * unitMs);
    lines.push(`history since ${new Date(coverage.sinceMs).toISOString()} (${age})`);
  }
  if (coverage.scrapeIntervalMs !== null) lines.push(`a sample every ${formatDuration(coverage.scrapeIntervalMs)}`);
  const table = renderTable(
    [{ title: "metric" }, { title: "role" }, { title: "servers", align: "right" }, { title: "" }],
    coverage.metrics.map((metric) => [
      metric.metric,
      metric.isTarget ? "target" : "",
      String(metric.servers),
      gap(metric),
    ]),
  );
  const missing = best.shortcomings.map((sentence) => `- ${printable(sentence)}\n`);
  return `${lines.join("\n")}\n\n${table}${missing.length === 0 ? "" : `\nmissing:\n${missing.join("")}`}`;
}

function labelText(names: readonly string[]): string {
  const shown = names.filter((name) => name !== "__name__");
  return `${printable(shown.slice(0, SHOWN_LABELS).join(", "))}${shown.length > SHOWN_LABELS ? ", ..." : ""}`;
}

function gap({ servers, isRequired, problem }: MetricCoverage): string {
  if (problem !== null) return "problem";
  if (servers > 0) return "";
  return isRequired ? "required" : "no data";
}

function nextCommand({ url }: Discovery, best: Proposal, out: string | undefined, nowMs: number): string {
  const { sinceMs } = best.coverage;
  const ageMs = Math.min(30 * DAY_MS, sinceMs === null ? DAY_MS : nowMs - sinceMs);
  const unitMs = ageMs < 2 * DAY_MS ? HOUR_MS : DAY_MS;
  const since = formatDuration(Math.max(unitMs, Math.ceil(ageMs / unitMs) * unitMs));
  const isBuiltIn = out === undefined && best.name !== "generic";
  const mapping = isBuiltIn ? best.name : (out ?? "mapping.yaml");
  const first = isBuiltIn || out !== undefined ? "" : `forewarn prometheus discover --url ${url} --out ${mapping} && `;
  return `${first}forewarn import --prometheus ${url} --since ${since} --mapping ${mapping} --out fleet/`;
}

/** What stands above the mapping in its file. */
function mappingComment({ url }: Discovery, { name, shortcomings }: Proposal): string[] {
  return [
    `Mapping ${name}, proposed by forewarn prometheus discover --url ${url}`,
    "Each expression gives one series for each server; $interval is the contract's interval.",
    ...shortcomings.map((sentence) => printable(`Missing: ${sentence}`)),
  ];
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
