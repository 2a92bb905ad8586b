// forewarn models: what a models directory holds.
import type { Command } from "commander";
import { formatDuration } from "../../base/index.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";
import { printable, renderTable } from "../output/table.ts";

/** Adds `forewarn models`. */
export function register(program: Command, io: Io): void {
  program
    .command("models")
    .description("list the models of a directory, oldest first; broken ones last, each with the reason")
    .argument("[dir]", "models directory", "models")
    .option("--json", "one JSON document: {models: [...]}")
    .addHelpText(
      "after",
      "\nExamples:\n  forewarn models\n  forewarn models models/ --json | jq '.models[-1].directory'\n",
    )
    .action((directory: string, options: { json?: boolean }) => listAction(directory, options.json === true, io));
}

async function listAction(directory: string, json: boolean, io: Io): Promise<void> {
  const { listModels } = await import("../../artifact/index.ts");
  const models = listModels(directory);
  if (json) {
    printJson(io, { models });
    return;
  }
  const ready = models.filter((model) => model.status === "ready");
  const broken = models.filter((model) => model.status === "broken");
  if (ready.length > 0) {
    const columns = [
      { title: "model" },
      { title: "trained" },
      { title: "contract" },
      { title: "horizon", align: "right" as const },
      { title: "size", align: "right" as const },
      { title: "targets" },
    ];
    const rows = ready.map(({ modelId, createdAt, contract, horizonMs, sizeBytes, targets }) => [
      modelId,
      createdAt,
      contract,
      formatDuration(horizonMs),
      `${(sizeBytes / 1e6).toFixed(1)} MB`,
      targets.join(" "),
    ]);
    io.stdout(renderTable(columns, rows));
  }
  for (const { modelId, reason } of broken) io.stdout(`broken: ${printable(modelId)}: ${printable(reason)}\n`);
  if (models.length === 0)
    io.stderr(`${directory}: no models; train one: forewarn train --data DIR --out ${directory}\n`);
}
