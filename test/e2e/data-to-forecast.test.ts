// The test that was missing: simulate -> train -> verify -> forecast as one chain of commands, and every way in which its
// links may disagree refused at the door where it shows, with its own code.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Contract, contractHash, fleetContract } from "../../src/contract/index.ts";
import { runForewarn } from "../helpers/cli.ts";

const work = mkdtempSync(join(tmpdir(), "forewarn-e2e-"));
const at = (name: string) => join(work, name);
const sizes = ["--context", "96", "--horizon", "24", "--patch", "8", "--hidden", "8", "--batch", "16"];
let model = "";

async function failure(...args: string[]): Promise<{ code: string; message: string; exitCode: number }> {
  const { stdout, exitCode } = await runForewarn(...args, "--json");
  const { error } = JSON.parse(stdout) as { error?: { code: string; message: string } };
  return { code: error?.code ?? "none", message: error?.message ?? "", exitCode };
}

/** A copy of the fleet whose contract is another one: what a generator with its own ideas would hand over. */
function fleetUnder(name: string, change: (contract: Contract) => void): string {
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

test("changing one weight is found by verify, and without a model there is an error and no number", async () => {
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

describe("a data set under another contract is refused by the model", () => {
  const changes: [string, RegExp, (contract: Contract) => void][] = [
    ["a changed unit", /cpu_pct|unit/, (contract) => void Object.assign(contract.metrics[0]!, { unit: "ratio" })],
    ["another interval", /interval/, (contract) => void Object.assign(contract, { interval: "15m" })],
    ["another vocabulary", /profile|labels/, (contract) => void contract.labels[0]!.values.push("mainframe")],
    ["fewer categories", /profile|labels/, (contract) => void contract.labels[0]!.values.pop()],
    ["a removed metric", /metrics|container_oom/, (contract) => void contract.metrics.pop()],
    [
      "an extra metric",
      /metrics|extra_pct/,
      (contract) => void contract.metrics.push({ ...contract.metrics[0]!, name: "extra_pct", required: false }),
    ],
  ];
  test.each(changes)("%s", async (name, named, change) => {
    const other = fleetUnder(name.replaceAll(" ", "-"), change);
    const refused = await failure("forecast", "--model", model, "--data", other);
    expect(refused.code).toBe("contract_mismatch");
    expect(refused.message).toMatch(named);
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
