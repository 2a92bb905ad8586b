// The power goes at random moments while clients send over HTTP: a file system on a loop device is shut down as the kernel
// would find it, what was not synced is gone. Everything that was acknowledged is served after the restart.
// Needs root on Linux.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createRng } from "../../src/base/index.ts";
import { makeDaemonHome, type ServedDaemon, serve, spanText } from "../support/daemon-process.ts";
import { noRowsYet, readBack, readStore, sendAgain, sendAll } from "../support/numbered-rows.ts";

const CUTS = process.env["FOREWARN_LONG"] === "1" ? 30 : 6;
/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: nothing more reaches the disk (linux/fs/ext4/ext4.h). */
const SHUT_DOWN =
  'open(my $d, "<", $ARGV[0]) or die $!; defined(ioctl($d, 0x8004587d, my $flag = pack("I", 2))) or die $!';

const work = mkdtempSync(join(tmpdir(), "forewarn-power-"));
const disk = join(work, "disk");
const run = (command: string, ...args: string[]): void => {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
};
const mount = (): void => run("mount", "-o", "loop", join(work, "image"), disk);

/** Makes the disk. @returns Why that is not possible here; null when it is mounted. */
function makeDisk(): string | null {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "it needs root on Linux";
  const missing = ["mkfs.ext4", "losetup", "perl"].filter((name) => spawnSync("which", [name]).status !== 0);
  if (missing.length > 0) return `there is no ${missing.join(", ")}`;
  mkdirSync(disk);
  run("truncate", "-s", "512M", join(work, "image"));
  run("mkfs.ext4", "-q", "-F", join(work, "image"));
  try {
    mount();
    return null;
  } catch (error) {
    return `a loop device cannot be mounted: ${String((error as { stderr?: Buffer }).stderr).trim()}`;
  }
}

const reason = makeDisk();
if (reason !== null) console.log(`skipped: no power cuts, ${reason}`);

test.skipIf(reason !== null)(`${CUTS} power cuts`, { timeout: 60_000 + CUTS * 20_000 }, async () => {
  const rng = createRng(Number(process.env["FOREWARN_SEED"] ?? 1));
  const home = await makeDaemonHome({}, join(disk, "var"));
  const rows = noRowsYet();
  const readyMs: number[] = [];
  let [lost, phantom] = [0, 0];
  let daemon: ServedDaemon | null = null;
  try {
    for (let cut = 0; cut <= CUTS; cut++) {
      daemon = await serve(home);
      if (cut > 0) readyMs.push(daemon.readyMs);
      const verdict = await readBack(daemon, rows);
      lost += verdict.lost.length;
      phantom += verdict.phantom.length;
      expect(verdict).toMatchObject({ lost: [], phantom: [] });
      expect(daemon.child.stderr()).not.toContain('"level":"error"');
      if (cut === CUTS) {
        expect(await sendAgain(daemon, rows, verdict)).toEqual([]);
        daemon.child.kill("SIGTERM");
        expect((await daemon.child.ended).exitCode).toBe(0);
        break;
      }
      const stop = new AbortController();
      const clients = sendAll(daemon.url, rows, stop.signal);
      await sleep(rng.uniform() * 1200);
      // A machine without power answers nothing. This matters: the kernel reports success for an fsync that waits while the
      // file system is shut down, though its data is gone (6 of 150 shutdowns under a loop of write and fsync).
      daemon.child.kill("SIGSTOP");
      run("perl", "-e", SHUT_DOWN, disk);
      await daemon.kill();
      stop.abort();
      await clients;
      run("umount", disk);
      mount();
    }
    const stored = await readStore(join(home.dataDir, "store"), rows);
    expect(stored).toMatchObject({ lost: [], phantom: [] });
    expect(stored.found.size).toBe(rows.sent.size);
    expect(rows.acked.size).toBeGreaterThan(CUTS * 100);
    expect([...rows.answers.keys()].filter((answer) => /^\d/.test(answer) && !["200", "503"].includes(answer))).toEqual(
      [],
    );
    const answered = JSON.stringify(Object.fromEntries(rows.answers));
    console.log(
      `${CUTS} cuts: ${rows.sent.size} rows, lost ${lost}, phantom ${phantom}, doubled 0, ready in ${spanText(readyMs)}; answers ${answered}`,
    );
  } finally {
    await daemon?.kill();
    home.remove();
    run("umount", disk);
    rmSync(work, { recursive: true });
  }
});
