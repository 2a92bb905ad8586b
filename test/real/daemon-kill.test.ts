// kill -9 at random moments while several clients send over HTTP: everything that was acknowledged is served after the
// restart, once, and nothing that was not sent. FOREWARN_LONG=1 kills more often.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createRng } from "../../src/base/index.ts";
import { startForewarn } from "../helpers/child.ts";
import { makeDaemonHome, type ServedDaemon, serve, spanText } from "../support/daemon-process.ts";
import { noRowsYet, readBack, readStore, sendAgain, sendAll } from "../support/numbered-rows.ts";

const KILLS = process.env["FOREWARN_LONG"] === "1" ? 100 : 10;
/** Every so often the process is killed while it starts. */
const EARLY_KILL_EVERY = 5;
const LONGEST_LIFE_MS = 900;

test(`${KILLS} kills`, { timeout: 60_000 + KILLS * 15_000 }, async () => {
  const rng = createRng(Number(process.env["FOREWARN_SEED"] ?? 1));
  const home = await makeDaemonHome();
  const rows = noRowsYet();
  const readyMs: number[] = [];
  let [lost, phantom] = [0, 0];
  let daemon: ServedDaemon | null = null;
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      if (kill % EARLY_KILL_EVERY === EARLY_KILL_EVERY - 1) {
        const early = startForewarn("serve", "--config", home.configFile);
        await sleep(300 + rng.uniform() * 1500);
        early.kill("SIGKILL");
        await early.ended;
      }
      daemon = await serve(home);
      readyMs.push(daemon.readyMs);
      const before = await readBack(daemon, rows);
      lost += before.lost.length;
      phantom += before.phantom.length;
      expect(before).toMatchObject({ lost: [], phantom: [] });
      if (kill === KILLS >> 1) expect(await sendAgain(daemon, rows, before)).toEqual([]);
      expect(daemon.child.stderr()).not.toContain('"level":"error"');

      const stop = new AbortController();
      const clients = sendAll(daemon.url, rows, stop.signal);
      await sleep(rng.uniform() * LONGEST_LIFE_MS);
      await daemon.kill();
      stop.abort();
      await clients;
    }
    daemon = await serve(home);
    readyMs.push(daemon.readyMs);
    const after = await readBack(daemon, rows);
    expect(after).toMatchObject({ lost: [], phantom: [] });
    expect(await sendAgain(daemon, rows, after)).toEqual([]);
    daemon.child.kill("SIGTERM");
    expect((await daemon.child.ended).exitCode).toBe(0);
    const stored = await readStore(join(home.dataDir, "store"), rows);
    expect(stored).toMatchObject({ lost: [], phantom: [] });
    expect(stored.found.size).toBe(rows.sent.size);
    expect(rows.acked.size).toBeGreaterThan(KILLS * 100);
    const answered = JSON.stringify(Object.fromEntries(rows.answers));
    console.log(
      `${KILLS} kills: ${rows.sent.size} rows, lost ${lost}, phantom ${phantom}, doubled 0, ready in ${spanText(readyMs)}; answers ${answered}`,
    );
  } finally {
    await daemon?.kill();
    home.remove();
  }
});
