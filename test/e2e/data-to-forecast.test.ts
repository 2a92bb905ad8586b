// The test that was missing: simulate -> train -> verify -> forecast as one chain of commands, and every way in which its
// links may disagree refused at the door where it shows, with its own code.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeWeights, MODEL_FILES, networkTensors, writeModelDirectory } from "../../src/artifact/index.ts";
import { type Contract, contractHash, fleetContract } from "../../src/contract/index.ts";
import { loadModel } from "../../src/forecast/index.ts";
import { columnTypes, createDataSet, sqlName, sqlText } from "../../src/store/index.ts";
import { runForewarn } from "../helpers/cli.ts";

const work = mkdtempSync(join(tmpdir(), "forewarn-e2e-"));
const at = (name: string) => join(work, name);
const sizes = ["--context", "8h", "--horizon", "2h", "--patch", "8", "--hidden", "8", "--batch", "16"];
let model = "";

async function failure(...args: string[]): Promise<{ code: string; message: string; exitCode: number }> {
  const { stdout, exitCode } = await runForewarn(...args, "--json");
  const { error } = JSON.parse(stdout) as { error?: { code: string; message: string } };
  return { code: error?.code ?? "none", message: error?.message ?? "", exitCode };
}

type Change = (contract: Contract) => void;

/** A data set of its own that follows a changed contract in all it has: sound, but not what the model has learned. */
async function fleetOf(name: string, change: Change): Promise<string> {
  const contract = structuredClone(fleetContract);
  change(contract);
  const known = new Set(Object.keys(columnTypes(fleetContract)));
  const columns = Object.entries(columnTypes(contract)).map(([column, type]) =>
    known.has(column) ? sqlName(column) : `NULL::${type} AS ${sqlName(column)}`,
  );
  const labels = contract.labels.map(({ name, values }) => {
    const list = values.map(sqlText).join(", ");
    return `CASE WHEN ${sqlName(name)} IN (${list}) THEN ${sqlName(name)} END AS ${sqlName(name)}`;
  });
  const createdBy = { tool: "import", forewarnVersion: "0.0.0" } as const;
  await createDataSet(at(name), contract, 300_000, createdBy, async (rows, db) => {
    const source = sqlText(join(at("fleet"), "rows", "*.parquet"));
    await db.run(
      `COPY (SELECT ${columns.join(", ")} FROM (SELECT * REPLACE (${labels.join(", ")}) FROM read_parquet(${source}))
       ORDER BY "server", "timestamp") TO ${sqlText(join(rows, "0.parquet"))}`,
    );
  });
  return at(name);
}

/** The fleet's rows beside another contract, its hash made to fit: a generator that says one thing and writes another. */
function fleetUnder(name: string, change: Change): string {
  cpSync(at("fleet"), at(name), { recursive: true });
  const path = join(at(name), "dataset.json");
  const meta = JSON.parse(readFileSync(path, "utf8")) as { contract: Contract; contractHash: string };
  change(meta.contract);
  meta.contractHash = contractHash(meta.contract);
  writeFileSync(path, JSON.stringify(meta));
  return at(name);
}

beforeAll(async () => {
  const simulated = await runForewarn("simulate", "--servers", "4", "--hours", "96", "--out", at("fleet"));
  expect(simulated).toMatchObject({ exitCode: 0 });
  const trained = await runForewarn(
    ...["train", "--data", at("fleet"), "--out", at("models"), "--epochs", "2", "--steps-per-epoch", "30"],
    ...[...sizes, "--threads", "1", "--json"],
  );
  expect(trained.exitCode, trained.stderr + trained.stdout).toBe(0);
  model = (JSON.parse(trained.stdout) as { directory: string }).directory;
}, 60_000);

afterAll(() => rmSync(work, { recursive: true, force: true }));

test("the trained model verifies", async () => {
  const { stdout, exitCode } = await runForewarn("verify", model, "--json");
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  expect(exitCode).toBe(0);
});

test("it forecasts every server, in order, after its context, with its model and contract named", async () => {
  const { stdout } = await runForewarn("forecast", "--model", model, "--data", at("fleet"), "--json");
  const fleet = JSON.parse(stdout);
  expect(fleet).toMatchObject({ contractHash: contractHash(fleetContract), refused: [] });
  expect(model.endsWith(fleet.modelId)).toBe(true);
  expect(fleet.forecasts).toHaveLength(4);
  for (const { targets, timestamps, contextEnd, breaches } of fleet.forecasts) {
    expect(Date.parse(timestamps[0])).toBeGreaterThanOrEqual(Date.parse(contextEnd));
    for (const { quantiles } of targets) {
      for (const row of quantiles as number[][]) expect(row).toEqual(row.toSorted((a, b) => a - b));
    }
    for (const { within } of breaches) {
      const values = Object.values(within) as number[];
      expect(values).toEqual(values.toSorted((a, b) => a - b));
    }
  }
});

test("a model that differs in one weight forecasts differently", async () => {
  const { config, weights } = await loadModel(model);
  const modelId = "tft_changed";
  const names = Object.values(MODEL_FILES);
  const files: Record<string, string | Uint8Array> = Object.fromEntries(
    names.map((name) => [name, readFileSync(join(model, name))]),
  );
  const text = (name: string) => Buffer.from(files[name]!).toString().replaceAll(config.modelId, modelId);
  for (const name of [MODEL_FILES.config, MODEL_FILES.metadata]) files[name] = text(name);
  const shapes = networkTensors(config);
  weights.get("static.joint.input.weight")![0]! += 1;
  const shaped = [...weights].map(([name, data]) => [name, { shape: shapes.get(name)!, data }] as const);
  files[MODEL_FILES.weights] = encodeWeights(new Map(shaped), { ...config, modelId });
  const other = await writeModelDirectory(at("changed"), modelId, files);
  const forecast = async (directory: string) => {
    const { stdout } = await runForewarn("forecast", "--model", directory, "--data", at("fleet"), "--json");
    const { forecasts } = JSON.parse(stdout);
    return forecasts;
  };
  const [before, after] = [await forecast(model), await forecast(other)];
  expect(after).toHaveLength(4);
  expect(after).not.toEqual(before);
  expect(await forecast(model)).toEqual(before);
  // Its exported graph and probe still belong to the old weights, which verify finds.
  expect((await runForewarn("verify", other)).exitCode).toBe(3);
});

test("a damaged weight is found by verify, and without a model there is an error and no number", async () => {
  cpSync(model, at("damaged"), { recursive: true });
  const path = join(at("damaged"), "model.safetensors");
  const bytes = readFileSync(path);
  bytes[bytes.length - 3]! ^= 0x10;
  writeFileSync(path, bytes);
  expect((await runForewarn("verify", at("damaged"), "--json")).exitCode).toBe(3);
  expect(await failure("forecast", "--model", at("damaged"), "--data", at("fleet"))).toMatchObject({
    code: "model_invalid",
  });
  const { stdout } = await runForewarn("forecast", "--model", at("nowhere"), "--data", at("fleet"), "--json");
  expect(Object.keys(JSON.parse(stdout))).toEqual(["error"]);
});

describe("a sound data set of another contract is refused by the model, with the difference named", () => {
  const changes: [string, RegExp, Change][] = [
    ["a changed unit", /cpu_pct.*unit/, (contract) => void Object.assign(contract.metrics[0]!, { unit: "ratio" })],
    ["another interval", /interval/, (contract) => void Object.assign(contract, { interval: "15m" })],
    ["another vocabulary", /profile/, (contract) => void contract.labels[0]!.values.push("mainframe")],
    ["fewer categories", /profile/, (contract) => void contract.labels[0]!.values.pop()],
    ["status for state", /state/, (contract) => void Object.assign(contract.state!, { name: "status" })],
    ["a removed metric", /container_oom/, (contract) => void contract.metrics.pop()],
    [
      "a renamed metric",
      /latency/,
      (contract) => void Object.assign(contract.metrics.find(({ name }) => name === "latency_ms")!, { name: "lag_ms" }),
    ],
    [
      "an extra metric",
      /extra_pct/,
      (contract) => void contract.metrics.push({ ...contract.metrics[0]!, name: "extra_pct", required: false }),
    ],
  ];
  test.each(changes)("%s", async (name, named, change) => {
    const other = await fleetOf(`sound ${name}`, change);
    const refused = await failure("forecast", "--model", model, "--data", other);
    expect(refused).toMatchObject({ code: "contract_mismatch", exitCode: 1 });
    expect(refused.message).toMatch(named);
  });
});

describe("rows that do not follow the contract beside them are refused before training, with the difference named", () => {
  const changes: [string, string, RegExp, Change][] = [
    [
      "renamed columns",
      "column_missing",
      /cpu_percent/,
      (contract) => {
        contract.metrics[0]!.name = "cpu_percent";
        contract.breachRules[0]!.metric = "cpu_percent";
      },
    ],
    [
      "status for state",
      "column_missing",
      /status/,
      (contract) => void Object.assign(contract.state!, { name: "status" }),
    ],
    ["fewer states", "category_unknown", /state.*healthy/, (contract) => void contract.state!.values.shift()],
    [
      "another vocabulary",
      "category_unknown",
      /profile/,
      (contract) => void contract.labels[0]!.values.splice(0, 7, "mainframe"),
    ],
    ["a metric that the contract lacks", "column_unknown", /container_oom/, (contract) => void contract.metrics.pop()],
    [
      "a metric that the rows lack",
      "column_missing",
      /extra_pct/,
      (contract) => void contract.metrics.push({ ...contract.metrics[0]!, name: "extra_pct", required: false }),
    ],
    [
      "a unit of another size",
      "value_out_of_range",
      /mem_pct.*ratio/,
      (contract) => {
        Object.assign(contract.metrics[1]!, { unit: "ratio", max: 1 });
        contract.breachRules[1]!.threshold = 0.9;
      },
    ],
    [
      "an interval finer than the rows",
      "interval_mismatch",
      /1m/,
      (contract) => void Object.assign(contract, { interval: "1m" }),
    ],
  ];
  test.each(changes)("%s", async (name, code, named, change) => {
    const other = fleetUnder(name, change);
    const out = at(`models of ${name}`);
    const refused = await failure("train", "--data", other, "--out", out, ...sizes);
    expect(refused).toMatchObject({ code, exitCode: 1 });
    expect(refused.message).toMatch(named);
    expect(existsSync(out) ? readdirSync(out) : []).toEqual([]);
    expect((await failure("forecast", "--model", model, "--data", other)).code).toMatch(/_mismatch$/);
  });

  test("a contract edited without its hash is refused before training", async () => {
    cpSync(at("fleet"), at("edited"), { recursive: true });
    const path = join(at("edited"), "dataset.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"percent"', '"ratio"'));
    const refused = await failure("train", "--data", at("edited"), "--out", at("models2"), ...sizes);
    expect(["contract_mismatch", "dataset_invalid"]).toContain(refused.code);
  });
});

describe("rows that do not fit are refused at import; old forms are migrated by name", () => {
  const start = Date.parse("2026-01-05T00:00:00Z");
  const csv = (name: string, header: string, cells: string): string => {
    const rows = Array.from({ length: 24 }, (_, i) => `${new Date(start + i * 300_000).toISOString()},${cells}`);
    writeFileSync(at(name), `timestamp,${header}\n${rows.join("\n")}\n`);
    return at(name);
  };

  test("a renamed column", async () => {
    const file = csv("renamed.csv", "server,cpu_usage,mem_pct", "a,10,20");
    expect((await failure("import", file, "--out", at("i1"))).code).toMatch(/^column_/);
  });

  test("a negative percentage", async () => {
    const file = csv("negative.csv", "server,cpu_pct,mem_pct", "a,-10,20");
    expect((await failure("import", file, "--out", at("i2"))).code).toBe("value_out_of_range");
  });

  test("the old trainer's names", async () => {
    const header = "server_id,profile,status,cpu_percent,memory_percent,disk_percent,load_average";
    const file = csv("old.csv", header, "a,database,healthy,10,20,30,1.5");
    const { exitCode, stdout, stderr } = await runForewarn("import", file, "--out", at("i3"), "--json");
    expect(exitCode, stdout + stderr).toBe(0);
  });
});
