// The order of the journal's system calls, as the kernel sees them: no sample is acknowledged before its bytes and the name
// of its file were synced. And a sync that fails: nothing is acknowledged from then on, and all that was is there.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEFAULT_JOURNAL_OPTIONS, openJournal } from "../../src/receive/journal.ts";
import { journalFiles } from "../../src/receive/journal-files.ts";

const WRITER = fileURLToPath(new URL("../support/journal-writer.ts", import.meta.url));
const COUNT = 60;
let root: string;
let directory: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "forewarn-journal-"));
  directory = join(root, "received");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A system call that has ended, with the places in the trace where it began and ended. */
interface SystemCall {
  name: string;
  text: string;
  began: number;
  ended: number;
}

/** Runs the writer under strace; null where that cannot be done. */
function traced(
  calls: string,
  inject: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { stdout: string; trace: SystemCall[] } | null {
  const log = join(root, "trace");
  const flags = ["-f", "-qq", "-y", "-s", "100000", "-o", log, "-e", `trace=${calls}`, ...inject];
  const command = [process.execPath, "--import", "tsx", WRITER, directory, String(COUNT)];
  const env = { ...process.env, ...environment };
  const run = spawnSync("strace", [...flags, ...command], { encoding: "utf8", env });
  if (run.error !== undefined || /ptrace/.test(run.stderr)) {
    console.warn("skipped: looking at system calls needs strace");
    return null;
  }
  return { stdout: run.stdout, trace: callsOf(readFileSync(log, "utf8")) };
}

/** Puts the two halves of calls together that others came between: `<unfinished ...>` and `<... name resumed>`. */
function callsOf(trace: string): SystemCall[] {
  const open = new Map<string, SystemCall>();
  const calls: SystemCall[] = [];
  for (const [place, line] of trace.split("\n").entries()) {
    const [, thread, text] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (thread === undefined || text === undefined) continue;
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    if (resumed !== null) {
      const call = open.get(thread)!;
      calls.push({ ...call, text: call.text + resumed[1], ended: place });
      continue;
    }
    const call = {
      name: /^\w*/.exec(text)![0],
      text: text.replace(/<unfinished \.\.\.>$/, ""),
      began: place,
      ended: place,
    };
    if (text.endsWith("<unfinished ...>")) open.set(thread, call);
    else calls.push(call);
  }
  return calls;
}

const numbersIn = (text: string, word: string): number[] =>
  Array.from(text.matchAll(new RegExp(`${word}-(\\d+);`, "g")), ([, number]) => Number(number));

test("bytes, then their sync, then the answer; and the name of the file before all", () => {
  const run = traced("openat,write,pwrite64,pwritev,writev,fsync,fdatasync", []);
  if (run === null) return;
  const { trace } = run;
  expect(numbersIn(run.stdout, "acked")).toHaveLength(COUNT);
  // With -y a file descriptor stands with its path: fdatasync(17</.../0000000001.journal>).
  const fileOf = (call: SystemCall): string => /\d+<([^>]*)>/.exec(call.text)?.[1] ?? "";
  const creations = trace.filter(({ name, text }) => name === "openat" && /\.journal", .*O_CREAT/.test(text));
  expect(creations.length).toBeGreaterThan(3);
  const writes = trace.filter((call) => fileOf(call).endsWith(".journal") && /^p?write/.test(call.name));
  const answers = trace.filter(({ text }) => text.includes("acked-"));
  const syncs = trace.filter(({ name, text }) => /^f(data)?sync$/.test(name) && text.endsWith("= 0"));
  const isSynced = (path: string, afterPlace: number, beforePlace: number): boolean =>
    syncs.some((call) => fileOf(call) === path && call.began > afterPlace && call.ended < beforePlace);
  for (const answer of answers) {
    for (const number of numbersIn(answer.text, "acked")) {
      const write = writes.find(({ text }) => numbersIn(text, "body").includes(number))!;
      expect([number, isSynced(fileOf(write), write.ended, answer.began)]).toEqual([number, true]);
      const creation = creations.find(({ text }) => text.includes(`${fileOf(write).split("/").at(-1)}"`))!;
      expect([number, isSynced(directory, creation.ended, answer.began)]).toEqual([number, true]);
    }
  }
});

test.each([2, 5, 9])("the data sync number %i fails: nothing is acknowledged from then on", async (call) => {
  // Calls are counted by thread.
  const inject = ["-e", `inject=fdatasync:error=EIO:when=${call}`];
  const run = traced("fdatasync", inject, { UV_THREADPOOL_SIZE: "1" });
  if (run === null) return;
  const lines = run.stdout.trim().split("\n");
  const firstFailure = lines.findIndex((line) => line.startsWith("failed"));
  expect(firstFailure).toBeGreaterThan(0);
  expect(new Set(lines.slice(firstFailure))).toEqual(new Set(["failed store_read_only"]));
  const found = new Set<number>();
  const journal = await openJournal(journalFiles(directory), DEFAULT_JOURNAL_OPTIONS, {
    samples: (body) => new Set(numbersIn(Buffer.from(body).toString(), "body").map((number) => found.add(number).size)),
    settled: () => undefined,
    dropped: () => true,
  });
  await journal.close();
  expect(numbersIn(run.stdout, "acked").filter((number) => !found.has(number))).toEqual([]);
  expect(run.trace.filter(({ text }) => text.includes("EIO"))).toHaveLength(1);
});
