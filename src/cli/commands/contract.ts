// forewarn contract: show, write and compare contracts.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { ForewarnError, writeFileAtomic } from "../../base/index.ts";
import type { BreachRule, Contract, ContractDifference, Metric } from "../../contract/index.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";
import { renderTable } from "../output/table.ts";
import { registerValidate } from "./contract-validate.ts";

/** Adds `forewarn contract` with its subcommands. */
export function register(program: Command, io: Io): void {
  const command = program
    .command("contract")
    .description("show, write, check and compare contracts: what a fleet's data must look like");

  command
    .command("show")
    .description("print a contract and its hash")
    .argument("[contract]", "built-in name, or YAML or JSON file", "fleet/4.0")
    .option("--json", "print {id, hash, contract} as JSON")
    .action(async (name: string, options: { json?: true }) => {
      const { contractHash, contractId, readContract } = await import("../../contract/index.ts");
      const contract = readContract(name);
      const hash = contractHash(contract);
      if (options.json) printJson(io, { id: contractId(contract), hash, contract });
      else io.stdout(describeContract(contract, hash));
    });

  command
    .command("init")
    .description("write a commented contract to start from")
    .option("--out <file>", "new file (default: standard output)")
    .action(async (options: { out?: string }) => {
      const { contractTemplate } = await import("../../contract/index.ts");
      if (options.out === undefined) return io.stdout(contractTemplate);
      if (existsSync(options.out)) {
        throw new ForewarnError("path_exists", `${options.out}: Expected a new file, but it exists`);
      }
      writeFileAtomic(options.out, contractTemplate);
      io.stderr(`wrote ${options.out}; edit it, then check it with: forewarn contract show ${options.out}\n`);
    });

  command
    .command("diff")
    .description("name every difference between two contracts; exit code 3 if there are any")
    .argument("<a>", "built-in name, or YAML or JSON file")
    .argument("<b>", "built-in name, or YAML or JSON file")
    .option("--json", "print {equal, differences} as JSON")
    .action(async (a: string, b: string, options: { json?: true }) => {
      const { diffContracts, readContract } = await import("../../contract/index.ts");
      const differences = diffContracts(readContract(a), readContract(b));
      if (options.json) printJson(io, { equal: differences.length === 0, differences });
      else io.stdout(describeDifferences(differences));
      if (differences.length > 0) io.setExitCode(3);
    });

  registerValidate(command, io);
}

function describeContract(contract: Contract, hash: string): string {
  const categories = contract.labels.map((label) => `label ${label.name}: ${label.values.join(", ")}\n`).join("");
  const state =
    contract.state === null ? "" : `states (column ${contract.state.name}): ${contract.state.values.join(", ")}\n`;
  const texts = contract.texts.length === 0 ? "" : `texts: ${contract.texts.join(", ")}\n`;
  const metrics = renderTable(
    [
      { title: "metric" },
      { title: "unit" },
      { title: "kind" },
      { title: "role" },
      { title: "range" },
      { title: "column" },
      { title: "transform" },
    ],
    contract.metrics.map(metricCells),
  );
  const rules = contract.breachRules.map(describeRule).join("");
  const head = `contract ${contract.name}/${contract.version}, every ${contract.interval}\nhash ${hash}\n`;
  return `${head}${categories}${state}${texts}\n${metrics}\n${rules}`;
}

function metricCells({ name, unit, kind, role, min, max, required, transform }: Metric): string[] {
  const range = `${min ?? "-inf"} .. ${max ?? "inf"}`;
  return [name, unit, kind, role, range, required ? "required" : "optional", transform];
}

function describeRule({ id, metric, op, threshold, for: forText, clear }: BreachRule): string {
  return `breach rule ${id}: ${metric} ${op} ${threshold} for ${forText}, clear ${clear}\n`;
}

function describeDifferences(differences: readonly ContractDifference[]): string {
  if (differences.length === 0) return "the contracts are equal\n";
  return differences.map(({ kind, message }) => `${kind.padEnd(8)}${message}\n`).join("");
}
