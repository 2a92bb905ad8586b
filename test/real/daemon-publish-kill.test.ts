// kill -9 while models are published and activated: what lies in the directory of models is whole or hidden, the choice of
// the model is one that was asked for, and a good model serves after every start. FOREWARN_LONG=1 kills more often.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { listModels } from "../../src/artifact/index.ts";
import { createRng } from "../../src/base/index.ts";
import { startScript } from "../helpers/child.ts";
import { writeFastModel } from "../helpers/fast-model.ts";
import { FAST_MODEL, makeDaemonHome, type ServedDaemon, serve } from "../support/daemon-process.ts";

const KILLS = process.env["FOREWARN_LONG"] === "1" ? 100 : 4;
/** Activations that a daemon lives for, at most, and how long into the next one it dies. */
const MOST_ACTIVATIONS = 3;
const LATEST_DEATH_MS = 400;
const OTHER_MODEL = "tft_20261123_130000";
const publisher = fileURLToPath(new URL("../support/model-publisher.ts", import.meta.url));

/** What was asked for and what was answered. */
interface Choices {
  acked: string;
  /** Asked for without an answer. */
  open: string | null;
  count: number;
}

/** Activates one model after the other until the daemon is gone. */
async function activateInTurn({ url }: ServedDaemon, choices: Choices): Promise<void> {
  for (;;) {
    choices.open = choices.acked === FAST_MODEL ? OTHER_MODEL : FAST_MODEL;
    const path = `${url}/api/v1/models/${choices.open}/activate`;
    const status = await fetch(path, { method: "POST" }).then(
      async (response) => {
        await response.text();
        return response.status;
      },
      () => null,
    );
    if (status === null) return;
    expect(status).toBe(200);
    [choices.acked, choices.open] = [choices.open, null];
    choices.count++;
  }
}

test(`${KILLS} kills while models are published and activated`, { timeout: 60_000 + KILLS * 20_000 }, async () => {
  const rng = createRng(Number(process.env["FOREWARN_SEED"] ?? 1));
  const home = await makeDaemonHome();
  await writeFastModel(home.models, OTHER_MODEL, { createdAt: "2026-11-23T11:00:00.000Z" });
  const pointerFile = join(home.dataDir, "active-model.json");
  const choices: Choices = { acked: FAST_MODEL, open: null, count: 0 };
  let [published, unfinished, unanswered] = [0, 0, 0];
  let daemon: ServedDaemon | null = null;
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      daemon = await serve(home);
      const { model } = await daemon.get<{ model: { modelId: string } }>("/api/v1/fleet");
      expect([choices.acked, choices.open]).toContain(model.modelId);
      choices.acked = model.modelId;
      const writer = startScript(publisher, home.models, String(published));
      await writer.said("begins");
      const activating = activateInTurn(daemon, choices);
      const last = choices.count + rng.integer(MOST_ACTIVATIONS + 1);
      while (choices.count < last) await sleep(5);
      await sleep(rng.uniform() * LATEST_DEATH_MS);
      // One of the two dies first, by chance.
      const deaths = [() => writer.kill("SIGKILL"), () => daemon!.child.kill("SIGKILL")];
      if (rng.uniform() < 0.5) deaths.reverse();
      for (const die of deaths) die();
      const [{ stderr }] = await Promise.all([writer.ended, daemon.child.ended, activating]);
      if (choices.open !== null) unanswered++;

      const names = [...stderr.matchAll(/^published (\S+)$/gm)].map((match) => match[1]!);
      const models = listModels(home.models);
      expect(models.filter(({ status }) => status !== "ready")).toEqual([]);
      expect(models.map(({ modelId }) => modelId)).toEqual(expect.arrayContaining([FAST_MODEL, OTHER_MODEL, ...names]));
      published += models.length - 2;
      unfinished += readdirSync(home.models).filter((name) => name.startsWith(".")).length;
      // Before the first choice there is none.
      const text = existsSync(pointerFile) ? readFileSync(pointerFile, "utf8") : `{"modelId":"${FAST_MODEL}"}`;
      const pointer = JSON.parse(text) as { modelId: string };
      expect([choices.acked, choices.open]).toContain(pointer.modelId);
      for (const name of readdirSync(home.models)) {
        if (name !== FAST_MODEL && name !== OTHER_MODEL) rmSync(join(home.models, name), { recursive: true });
      }
    }
    daemon = await serve(home);
    const { items } = await daemon.get<{ items: { state: string }[] }>("/api/v1/models");
    expect(items.filter(({ state }) => state === "serving")).toHaveLength(1);
    expect(published).toBeGreaterThan(0);
    expect(choices.count).toBeGreaterThan(KILLS / 2);
    console.log(
      `${KILLS} kills: ${published} models published, ${unfinished} left hidden, ${choices.count} activations answered, ${unanswered} cut off; 0 broken, the choice always whole`,
    );
  } finally {
    await daemon?.kill();
    home.remove();
  }
});
