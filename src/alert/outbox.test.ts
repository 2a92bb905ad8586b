// The outbox: what it keeps, in which order, through cut files, damage and kill -9.
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { notification } from "../../test/support/alerts.ts";
import { type Outbox, openOutbox } from "./outbox.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "forewarn-outbox-"));
  path = join(directory, "outbox.ndjson");
});
afterEach(() => rmSync(directory, { recursive: true }));

const states = (outbox: Outbox, name = "hook") =>
  outbox.items(name).map(({ notification: { labels, state, changedAtMs } }) => [labels["server"], state, changedAtMs]);

describe("what it keeps", () => {
  it("is the newest undelivered state of each alert, for each destination", () => {
    const outbox = openOutbox(path, ["hook", "peer"], 0);
    outbox.put([notification("a", "predicted", 1, 1), notification("b", "predicted", 1, 1)], 1);
    outbox.done("hook", outbox.items("hook").slice(0, 1), false, 2);
    outbox.put([notification("b", "resolved", 1, 3)], 3);
    expect(states(outbox)).toEqual([["b", "resolved", 3]]);
    expect(states(outbox, "peer").map(([server]) => server)).toEqual(["a", "b"]);
    outbox.close();
    const again = openOutbox(path, ["hook", "peer"], 4);
    expect([states(again), again.oldestPendingMs("hook"), again.oldestPendingMs("peer")]).toEqual([
      [["b", "resolved", 3]],
      3,
      1,
    ]);
    again.close();
  });

  it("is never an older state, nor one that was taken", () => {
    const outbox = openOutbox(path, ["hook"], 0);
    outbox.put([notification("a", "predicted", 1, 1)], 1);
    outbox.put([notification("a", "confirmed", 1, 5)], 5);
    outbox.put([notification("a", "predicted", 1, 1)], 6);
    expect(states(outbox)).toEqual([["a", "confirmed", 5]]);
    outbox.done("hook", outbox.items("hook"), false, 7);
    outbox.put([notification("a", "confirmed", 1, 5), notification("a", "predicted", 1, 1)], 8);
    expect([states(outbox), outbox.oldestPendingMs("hook")]).toEqual([[], null]);
    outbox.close();
  });

  it("keeps a newer state that came while an older one was sent", () => {
    const outbox = openOutbox(path, ["hook"], 0);
    outbox.put([notification("a", "predicted", 1, 1)], 1);
    const sent = outbox.items("hook");
    outbox.put([notification("a", "resolved", 1, 2)], 2);
    outbox.done("hook", sent, false, 3);
    expect(states(outbox)).toEqual([["a", "resolved", 2]]);
    outbox.close();
  });

  it("stays small, however many states pass through", () => {
    const outbox = openOutbox(path, ["hook"], 0);
    for (let i = 1; i < 300; i++) {
      outbox.put([notification("a".repeat(9000), "predicted", i, i)], i);
      outbox.done("hook", outbox.items("hook"), false, i);
    }
    expect(statSync(path).size).toBeLessThan(1 << 21);
    outbox.close();
  });
});

describe("after a crash", () => {
  it("a file cut at any byte of its last line has the state before it", () => {
    const outbox = openOutbox(path, ["hook"], 0);
    outbox.put([notification("a", "predicted", 1, 1)], 1);
    const before = statSync(path).size;
    outbox.put([notification("b", "predicted", 2, 2)], 2);
    const whole = readFileSync(path);
    outbox.close();
    for (let bytes = before; bytes <= whole.length; bytes += 29) {
      writeFileSync(path, whole);
      truncateSync(path, bytes);
      const again = openOutbox(path, ["hook"], 3);
      expect(again.items("hook")).toHaveLength(bytes === whole.length ? 2 : 1);
      again.put([notification("c", "predicted", 3, 3)], 3);
      again.close();
      expect(states(openOutbox(path, ["hook"], 4)).at(-1)?.[0]).toBe("c");
    }
  });

  it("a damaged line is said, not skipped", () => {
    const outbox = openOutbox(path, ["hook"], 0);
    outbox.put([notification("a", "predicted", 1, 1)], 1);
    outbox.close();
    appendFileSync(path, "\u0000\u0000\n");
    expect(() => openOutbox(path, ["hook"], 2)).toThrow(/outbox.ndjson line 3: Expected a record/);
  });

  it("what was put before a kill -9 is there", async () => {
    const child = fileURLToPath(new URL("../../test/support/outbox-child.ts", import.meta.url));
    let from = 1;
    for (const lines of [1, 7, 40]) {
      const writer = spawn(process.execPath, ["--import", "tsx", child, path, `${from}`], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let said = "";
      const ended = new Promise((resolve) => writer.on("close", resolve));
      await new Promise<void>((resolve) => {
        writer.stdout.on("data", (bytes: Buffer) => {
          said += bytes.toString();
          if (said.split("\n").length > lines) resolve();
        });
      });
      writer.kill("SIGKILL");
      await ended;
      const last = Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1));
      const outbox = openOutbox(path, ["hook"], 0);
      const kept = new Set(outbox.items("hook").map(({ notification: { startsAtMs } }) => startsAtMs));
      outbox.close();
      for (let i = 1; i <= last; i++) expect(kept.has(i)).toBe(true);
      // One more may be there: on disk, but not yet said.
      expect(kept.size - last).toBeLessThanOrEqual(1);
      from = kept.size + 1;
    }
  });
});
