// Two daemons are started on one data directory at the same moment: one serves, the other is refused, and a killed one
// leaves no lock behind. FOREWARN_LONG=1 starts more often.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createRng } from "../../src/base/index.ts";
import { type ForewarnProcess, startForewarn } from "../helpers/child.ts";
import { makeDaemonHome, serve } from "../support/daemon-process.ts";
import { noRowsYet, readBack, sendNumbers } from "../support/numbered-rows.ts";

const ROUNDS = process.env["FOREWARN_LONG"] === "1" ? 100 : 5;
/** The starts are this far apart at most: both before the other has opened anything. */
const MOST_APART_MS = 200;

/** Whether it serves; otherwise it has ended. */
const isServing = ({ said }: ForewarnProcess): Promise<boolean> =>
  said('"message":"ready"').then(
    () => true,
    () => false,
  );

test(`${ROUNDS} double starts`, { timeout: 60_000 + ROUNDS * 30_000 }, async () => {
  const rng = createRng(Number(process.env["FOREWARN_SEED"] ?? 1));
  const home = await makeDaemonHome();
  const rows = noRowsYet();
  const wins = [0, 0];
  const start = (): ForewarnProcess => startForewarn("serve", "--config", home.configFile);
  let both: ForewarnProcess[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const first = start();
      await sleep(rng.uniform() * MOST_APART_MS);
      both = [first, start()];
      const serving = await Promise.all(both.map(isServing));
      const texts = both.map((child) => child.stderr().slice(-1500)).join("\n--\n");
      expect(serving.filter(Boolean).length, texts).toBe(1);
      const [winner, loser] = serving[0] ? both : [...both].reverse();
      wins[serving[0] ? 0 : 1]!++;
      const { exitCode, stderr } = await loser!.ended;
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringMatching(/Expected no other process, but one has this store open/),
      ]);
      // The loser has harmed nothing: the winner stores, and everything is there after its death.
      const daemon = await serve(home, () => winner!);
      const numbers = Array.from({ length: 10 }, () => rows.next++);
      expect((await sendNumbers(daemon.url, rows, numbers))?.status).toBe(200);
      expect(await readBack(daemon, rows)).toMatchObject({ lost: [], phantom: [] });
      expect(winner!.stderr()).not.toMatch(/"level":"(error|fatal)"/);
      await daemon.kill();
    }
    console.log(
      `${ROUNDS} double starts: one winner each, the first ${wins[0]} times and the second ${wins[1]} times; 0 rows lost`,
    );
  } finally {
    for (const child of both) {
      child.kill("SIGKILL");
      await child.ended;
    }
    home.remove();
  }
});
