// kill -9 at random moments under load: everything acknowledged is there, once, bit for bit, and nothing that was not sent.
// FOREWARN_LONG=1 kills more often.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { createRng } from "../../src/base/index.ts";
import { openEmbeddedStore } from "../../src/store/index.ts";
import { allRows, referenceSeries, row, smallContract, sorted } from "../support/live-store-rows.ts";

const KILLS = process.env["FOREWARN_LONG"] === "1" ? 100 : 8;
const work = mkdtempSync(join(tmpdir(), "forewarn-kill-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const writer = fileURLToPath(new URL("../support/live-store-writer.ts", import.meta.url));

/** Runs the writer, kills it some time after it is ready, and returns the sequence numbers that it named. */
async function killedRun(directory: string, first: number, seals: boolean, afterMs: number) {
  const child = spawn(process.execPath, ["--import", "tsx", writer, directory, String(first), seals ? "seal" : "-"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on("exit", (_, signal) => resolve(signal)));
  const sent = new Set<number>();
  const acked = new Set<number>();
  for await (const line of createInterface(child.stdout)) {
    const [word, begin, count] = line.split(" ");
    if (word === "ready") setTimeout(() => child.kill("SIGKILL"), afterMs);
    else for (let i = 0; i < Number(count); i++) (word === "sent" ? sent : acked).add(Number(begin) + i);
  }
  expect(await ended).toBe("SIGKILL");
  return { sent, acked };
}

test(`${KILLS} kills`, { timeout: 60_000 + KILLS * 10_000 }, async () => {
  const rng = createRng(Number(process.env["FOREWARN_SEED"] ?? 1));
  const directory = join(work, "store");
  const sent = new Set<number>();
  const acked = new Set<number>();
  for (let kill = 0; kill < KILLS; kill++) {
    const first = Math.max(0, ...sent) + 1;
    const run = await killedRun(directory, first, kill % 2 === 1, rng.uniform() * 600);
    for (const number of run.sent) sent.add(number);
    for (const number of run.acked) acked.add(number);

    const store = await openEmbeddedStore(directory, smallContract);
    expect(store.status()).toMatchObject({ state: "ready", gaps: [] });
    const found = await allRows(store);
    const numbers = found.map(({ metrics }) => Math.round(metrics["load"]! * 7));
    const expected = numbers.map((number) => row(`s${number % 5}`, number * 60, number / 7));
    expect(found).toEqual(sorted(expected));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.filter((number) => !sent.has(number))).toEqual([]);
    const stored = new Set(numbers);
    expect([...acked].filter((number) => !stored.has(number))).toEqual([]);
    if (kill === KILLS - 1) {
      const seriesOf = (await store.series()).map(({ labels, ...rest }) => rest);
      const newest = Math.max(...found.map(({ timestampMs }) => timestampMs));
      if (newest - found[0]!.timestampMs < 8 * 86_400_000) {
        expect(seriesOf).toEqual((await referenceSeries(found)).map(({ labels, ...rest }) => rest));
      }
    }
    await store.close();
  }
  expect(acked.size).toBeGreaterThan(KILLS);
});
