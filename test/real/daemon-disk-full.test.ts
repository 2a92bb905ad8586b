// The disk of a running daemon is full: senders are told to come back, everything else goes on, and when there is space
// again rows are taken without anybody's doing. Needs root on Linux for a small tmpfs; FOREWARN_LONG=1 fills it more often.
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { makeDaemonHome, type ServedDaemon, serve, spanText, untilMetric } from "../support/daemon-process.ts";
import { startFeed } from "../support/live-feed.ts";
import { noRowsYet, readBack, sendNumbers } from "../support/numbered-rows.ts";

const CYCLES = process.env["FOREWARN_LONG"] === "1" ? 20 : 3;
const HELD_MS = 2000;
const FLEET = 5;
const disk = mkdtempSync(join(tmpdir(), "forewarn-full-"));
const ballast = join(disk, "ballast");

const isMounted = (() => {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=192m", "tmpfs", disk], { stdio: "ignore" });
    return true;
  } catch {
    console.log("skipped: a small tmpfs needs root on Linux");
    return false;
  }
})();

/** Fills the disk up to the last `leftBytes`. */
function fill(leftBytes: number): void {
  const file = openSync(ballast, "w");
  const block = Buffer.alloc(1 << 20);
  const freeBytes = (): number => {
    const { bavail, bsize } = statfsSync(disk);
    return bavail * bsize;
  };
  try {
    while (freeBytes() > leftBytes) writeSync(file, block, 0, Math.min(block.length, freeBytes() - leftBytes));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
  closeSync(file);
}

test.skipIf(!isMounted)(`${CYCLES} times full`, { timeout: 60_000 + CYCLES * 20_000 }, async () => {
  const home = await makeDaemonHome({}, join(disk, "var"));
  const rows = noRowsYet();
  const back: number[] = [];
  const send = (): Promise<Response | null> => {
    const numbers = Array.from({ length: 100 }, (_, i) => rows.next + i);
    rows.next += numbers.length;
    return sendNumbers(daemon.url, rows, numbers);
  };
  let daemon: ServedDaemon = await serve(home);
  const feed = await startFeed(() => daemon.url, FLEET);
  try {
    await untilMetric(daemon, "forewarn_servers_forecast", FLEET);
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      expect((await send())?.status).toBe(200);
      // Below what the store keeps back, or to the last byte.
      fill(cycle % 2 === 0 ? 32 << 20 : 0);
      let refused = await send();
      for (let i = 0; refused?.status === 200 && i < 200; i++) refused = await send();
      expect([refused?.status, refused?.headers.has("retry-after")]).toEqual([503, true]);
      const heldUntilMs = performance.now() + HELD_MS;
      while (performance.now() < heldUntilMs) {
        expect((await send())?.status).toBe(503);
        for (const path of [
          "/api/v1/servers",
          "/api/v1/servers/s0/history",
          "/api/v1/forecasts",
          "/metrics",
          "/-/healthy",
        ]) {
          expect([path, (await fetch(`${daemon.url}${path}`)).status]).toEqual([path, 200]);
        }
        expect((await fetch(`${daemon.url}/-/ready`)).status).toBe(503);
        await sleep(100);
      }
      rmSync(ballast);
      const beganMs = performance.now();
      while ((await send())?.status !== 200 && performance.now() - beganMs < 10_000) await sleep(50);
      back.push(performance.now() - beganMs);
      expect((await fetch(`${daemon.url}/-/ready`)).status).toBe(200);
    }
    expect(Math.max(...back)).toBeLessThan(5000);
    expect(await readBack(daemon, rows)).toMatchObject({ lost: [], phantom: [] });
    expect(daemon.child.stderr()).not.toContain('"level":"fatal"');
    await daemon.kill();
    daemon = await serve(home);
    const after = await readBack(daemon, rows);
    expect(after).toMatchObject({ lost: [], phantom: [] });
    const answered = JSON.stringify(Object.fromEntries(rows.answers));
    console.log(`${CYCLES} times full: 0 lost, taken again after ${spanText(back)}; answers ${answered}`);
  } finally {
    await feed.stop();
    await daemon.kill();
    home.remove();
    execFileSync("umount", [disk]);
    rmSync(disk, { recursive: true });
  }
});
