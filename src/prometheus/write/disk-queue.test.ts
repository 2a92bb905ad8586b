import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DiskQueue, openDiskQueue } from "./disk-queue.ts";

let directory: string;
let dropped: number;
let damaged: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "forewarn-queue-"));
  [dropped, damaged] = [0, 0];
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = (mostBytes = 1e6, segmentBytes = 300, path = directory): Promise<DiskQueue> =>
  openDiskQueue(path, {
    mostBytes,
    segmentBytes,
    onDrop: (samples) => (dropped += samples),
    onDamage: (_, bytes) => (damaged += bytes),
  });
/** A request of `size` bytes that can be told from others. */
const request = (id: number, size = 60) => ({ samples: id, atMs: 1000 * id, body: new Uint8Array(size).fill(id) });
const drain = async (queue: DiskQueue): Promise<number[]> => {
  const ids: number[] = [];
  for (let next = await queue.first(); next !== null; next = await queue.first()) {
    expect(next.body).toEqual(Buffer.alloc(next.body.length, next.samples));
    expect(next.atMs).toBe(1000 * next.samples);
    ids.push(next.samples);
    await queue.shift();
  }
  return ids;
};
const queueFiles = () => readdirSync(directory).filter((name) => name.endsWith(".queue"));

test("gives what was appended in its order, whatever is shifted, reopened or left open in between", async () => {
  const steps = fc.array(fc.constantFrom("append", "append", "shift", "reopen", "crash"), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(steps, async (actions) => {
      const path = mkdtempSync(join(directory, "run-"));
      const opened = [await open(1e6, 300, path)];
      const model: number[] = [];
      let id = 0;
      for (const action of actions) {
        const queue = opened.at(-1)!;
        if (action === "append") {
          await queue.append(request(++id, 20 + 30 * (id % 3)));
          await queue.sync();
          model.push(id);
        } else if (action === "shift") {
          expect((await queue.first())?.samples).toBe(model[0]);
          if (model.length > 0) await queue.shift();
          model.shift();
        } else {
          if (action === "reopen") await opened.pop()!.close();
          opened.push(await open(1e6, 300, path)); // after a crash nobody closes the old one
        }
        const { requests, samples, oldestMs } = opened.at(-1)!.status();
        expect({ requests, samples }).toEqual({ requests: model.length, samples: model.reduce((a, b) => a + b, 0) });
        expect(oldestMs).toBe(model.length === 0 ? null : 1000 * model[0]!);
      }
      expect(await drain(opened.at(-1)!)).toEqual(model);
      for (const queue of opened) await queue.close();
    }),
    { numRuns: 40 },
  );
  expect([dropped, damaged]).toEqual([0, 0]);
});

test("files of what was sent are removed, and numbers are not given out again", async () => {
  let queue = await open();
  for (let id = 1; id <= 20; id++) await queue.append(request(id));
  expect(queueFiles().length).toBeGreaterThan(3);
  await drain(queue);
  expect(queueFiles()).toHaveLength(1); // the one that is written to
  const [last] = queueFiles();
  await queue.close();
  queue = await open();
  expect(queueFiles()).toEqual([]);
  await queue.append(request(21));
  expect(queueFiles()[0]! > last!).toBe(true);
  expect(await drain(queue)).toEqual([21]);
  await queue.close();
});

test("a file that was cut off anywhere keeps the whole requests before the cut", async () => {
  const queue = await open(1e6, 1e6);
  for (let id = 1; id <= 3; id++) await queue.append(request(id));
  await queue.close();
  const [name] = queueFiles();
  const whole = readFileSync(join(directory, name!));
  const size = whole.length / 3;
  for (let length = 0; length < whole.length; length++) {
    damaged = 0;
    writeFileSync(join(directory, name!), whole.subarray(0, length));
    const cut = await open(1e6, 1e6);
    expect(cut.status().requests).toBe(Math.floor(length / size));
    expect(damaged).toBe(length % size);
    await cut.close();
  }
});

test("a damaged byte ends a file there, and later files go on", async () => {
  const queue = await open(1e6, 150);
  for (let id = 1; id <= 4; id++) await queue.append(request(id));
  await queue.close();
  const [first] = queueFiles().sort();
  const path = join(directory, first!);
  const bytes = readFileSync(path);
  bytes[100]! ^= 1; // in the second request
  writeFileSync(path, bytes);
  const after = await open();
  expect(await drain(after)).toEqual([1, 3, 4]);
  expect(damaged).toBeGreaterThan(0);
  await after.close();
});

test("a damaged position sends again what is still there", async () => {
  const queue = await open(1e6, 1e6);
  for (let id = 1; id <= 3; id++) await queue.append(request(id));
  await queue.first();
  await queue.shift();
  await queue.close();
  appendFileSync(join(directory, "position"), "x");
  expect(await drainCopy()).toEqual([2, 3]);
  writeFileSync(join(directory, "position"), "damaged damaged.");
  expect(await drainCopy()).toEqual([1, 2, 3]);

  /** Looks without shifting. */
  async function drainCopy(): Promise<number[]> {
    const reader = await open(1e6, 1e6);
    const count = reader.status().requests;
    const first = (await reader.first())!.samples;
    await reader.close();
    return Array.from({ length: count }, (_, at) => first + at);
  }
});

test("what is full drops its oldest, but for the request in work, and its files stay bounded", async () => {
  const most = 1000;
  const queue = await open(most, 200);
  await queue.append(request(1));
  expect((await queue.first())?.samples).toBe(1);
  for (let id = 2; id <= 100; id++) {
    await queue.append(request(id));
    expect(queue.status().bytes).toBeLessThanOrEqual(most);
    const bytes = queueFiles().reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    expect(bytes).toBeLessThanOrEqual(most + 3 * 200);
  }
  await queue.shift();
  const left = await drain(queue);
  expect(left.at(-1)).toBe(100);
  expect(left[0]! + left.length - 1).toBe(100);
  expect(dropped + 1 + left.reduce((a, b) => a + b, 0)).toBe(5050);
  await queue.close();
});
