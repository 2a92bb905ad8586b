import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tinyMetadata, withDirectory, writeTinyModel } from "../../test/helpers/tiny-model.ts";
import { FIXTURE_MODEL } from "../../test/helpers/written-fleet.ts";
import type { ModelDirectory } from "../artifact/index.ts";
import { ForewarnError } from "../base/index.ts";
import { fleetContract, parseContract } from "../contract/index.ts";
import type { Forecaster } from "../forecast/index.ts";
import { modelLoader } from "./loaded-model.ts";
import { createModelDesk, type ModelDeskOptions } from "./model-desk.ts";

/** A loader that reads nothing but the name, and the forecasters that are open. */
function fakeLoader() {
  const open = new Set<string>();
  const load = async (directory: string) => {
    const modelId = directory.split("/").at(-1)!;
    if (modelId.endsWith("bad")) throw new ForewarnError("model_not_driving", `${modelId}: weights do nothing`);
    open.add(modelId);
    const forecaster = { [Symbol.asyncDispose]: async () => void open.delete(modelId) } as unknown as Forecaster;
    return {
      model: {
        modelId,
        directory,
        contractHash: "h",
        metadata: tinyMetadata(modelId, `2026-01-0${modelId[1]}T00:00:00.000Z`),
      } as ModelDirectory,
      forecaster,
    };
  };
  return { load, open };
}

async function withDesk(
  body: (
    root: string,
    desk: (more?: Partial<ModelDeskOptions>) => ReturnType<typeof createModelDesk>,
    open: Set<string>,
  ) => Promise<void>,
) {
  await withDirectory(async (root) => {
    for (const [index, id] of ["m1", "m2", "m3", "m4_bad"].entries()) {
      await writeTinyModel(root, id, `2026-01-0${index + 1}T00:00:00.000Z`);
    }
    const { load, open } = fakeLoader();
    const options = { root, pointerFile: join(root, ".pointer.json"), active: null, load, now: () => 5 };
    const quiet = { onChange: () => undefined, onRefused: () => undefined };
    await body(root, (more = {}) => createModelDesk({ ...options, ...quiet, ...more }), open);
  });
}

test("serves the newest model that can be served, and says why others cannot", () =>
  withDesk(async (_, makeDesk) => {
    const desk = makeDesk();
    expect(desk.serving()).toBeNull();
    await desk.open();
    expect(desk.serving()).toMatchObject({ modelId: "m3", sinceMs: 5 });
    expect((await desk.list()).map(({ modelId, state, reason }) => [modelId, state, reason])).toEqual([
      ["m1", "available", null],
      ["m2", "available", null],
      ["m3", "serving", null],
      ["m4_bad", "refused", "m4_bad: weights do nothing"],
    ]);
  }));

test("activation and rollback survive a restart; what is given up is closed", () =>
  withDesk(async (_, makeDesk, open) => {
    const desk = makeDesk();
    await desk.open();
    expect(await desk.activate("m1")).toMatchObject({ modelId: "m1", state: "serving" });
    await desk.activate("m2");
    expect([...open].sort()).toEqual(["m1", "m2"]);
    expect(await desk.rollback()).toMatchObject({ modelId: "m1", state: "serving" });
    expect((await desk.list()).find(({ modelId }) => modelId === "m2")?.state).toBe("standby");
    await desk.close();
    expect(open.size).toBe(0);
    const after = makeDesk();
    await after.open();
    expect(after.serving()?.modelId).toBe("m1");
    expect((await after.rollback()).modelId).toBe("m2");
  }));

test("a tick keeps its model while others come and go: no mixed batches", () =>
  withDesk(async (_, makeDesk, open) => {
    const desk = makeDesk();
    await desk.open();
    const lease = desk.lease()!;
    await desk.activate("m1");
    await desk.activate("m2");
    expect(lease.model.modelId).toBe("m3");
    expect(open.has("m3")).toBe(true);
    expect(desk.lease()!.model.modelId).toBe("m2");
    await lease.release();
    expect(open.has("m3")).toBe(false);
  }));

test("a model that cannot be served is refused and the old one goes on", () =>
  withDesk(async (root, makeDesk) => {
    const refused: string[] = [];
    const desk = makeDesk({ onRefused: (modelId) => void refused.push(modelId) });
    await desk.open();
    await expect(desk.activate("m4_bad")).rejects.toMatchObject({ code: "model_not_driving" });
    await expect(desk.activate("m9")).rejects.toMatchObject({ code: "model_unavailable" });
    await expect(desk.activate("../m1")).rejects.toMatchObject({ code: "usage_invalid" });
    writeFileSync(join(root, "m2", "config.json"), "{}");
    // Where it lies is nobody's business: the message goes to callers of the API.
    const place = expect.stringMatching(/^models\/m2\/config\.json: /);
    await expect(desk.activate("m2")).rejects.toMatchObject({ code: "model_invalid", message: place });
    expect((await desk.list()).find(({ modelId }) => modelId === "m2")).toMatchObject({ reason: place });
    expect(desk.serving()?.modelId).toBe("m3");
    expect(refused).toEqual(["m4_bad", "m4_bad", "m2"]);
    rmSync(join(root, "m3"), { recursive: true });
    expect(desk.serving()?.modelId).toBe("m3");
    await expect(desk.reload()).rejects.toMatchObject({ code: "model_not_driving" });
    expect(desk.serving()?.modelId).toBe("m3");
  }));

test("a directory with a broken manifest is listed, told once for each fault, and named when nothing else is there", () =>
  withDesk(async (root, makeDesk) => {
    const refused: string[] = [];
    const desk = makeDesk({
      onRefused: (modelId, { code, message }) => void refused.push(`${modelId} ${code} ${message}`),
    });
    writeFileSync(join(root, "m2", "manifest.json"), "{");
    await desk.open();
    expect(refused).toEqual([
      expect.stringMatching(/^m2 model_invalid .*manifest\.json/),
      expect.stringMatching(/^m4_bad model_not_driving/),
    ]);
    expect((await desk.list()).find(({ modelId }) => modelId === "m2")).toMatchObject({
      state: "refused",
      reason: expect.stringMatching(/^models\/m2\/manifest\.json: Expected/),
    });
    rmSync(join(root, "m4_bad"), { recursive: true });
    await desk.reload();
    expect(refused).toHaveLength(2);
    await expect(desk.activate("m2")).rejects.toMatchObject({ code: "model_invalid" });
    expect(refused).toHaveLength(2);
    rmSync(join(root, "m2"), { recursive: true });
    await desk.reload();
    await writeTinyModel(root, "m2", "2026-01-02T00:00:00.000Z");
    rmSync(join(root, "m2", "config.json"));
    await desk.reload();
    expect(refused).toHaveLength(3);
    for (const id of ["m1", "m3"]) rmSync(join(root, id), { recursive: true });
    const lost = makeDesk();
    await lost.open();
    expect(lost.missing()).toMatch(/^no model in the directory of models that can be used: models\/m2/);
  }));

test("reload takes a newer model and never an older one; a configured model is the only one", () =>
  withDesk(async (root, makeDesk) => {
    const desk = makeDesk();
    await desk.open();
    rmSync(join(root, "m4_bad"), { recursive: true });
    await expect(desk.reload()).resolves.toBe(false);
    await writeTinyModel(root, "m5", "2026-01-05T00:00:00.000Z");
    await expect(desk.reload()).resolves.toBe(true);
    expect(desk.serving()?.modelId).toBe("m5");
    const pinned = makeDesk({ active: "m2" });
    await pinned.open();
    expect(pinned.serving()?.modelId).toBe("m2");
    const lost = makeDesk({ active: "m9" });
    await lost.open();
    expect([lost.serving(), lost.missing()]).toEqual([null, expect.stringContaining("m9")]);
  }));

test("the real loader verifies, warms up, and compares contracts", () =>
  withDirectory(async (root) => {
    const directory = join(root, "tft_20261123_120000");
    cpSync(FIXTURE_MODEL, directory, { recursive: true });
    const contract = parseContract(JSON.parse(readFileSync(join(directory, "contract.json"), "utf8")), "fixture");
    const load = modelLoader(contract, { batchSize: 2, threads: 1 });
    const { model, forecaster } = await load(directory);
    expect(model.modelId).toBe("tft_20261123_120000");
    await forecaster[Symbol.asyncDispose]();
    const other = { ...fleetContract, name: "other" };
    await expect(modelLoader(other, { batchSize: 2, threads: 1 })(directory)).rejects.toMatchObject({
      code: "contract_mismatch",
    });
    const weights = readFileSync(join(directory, "model.safetensors"));
    weights[weights.length - 1]! ^= 1;
    writeFileSync(join(directory, "model.safetensors"), weights);
    await expect(load(directory)).rejects.toMatchObject({ code: "model_invalid" });
  }));
