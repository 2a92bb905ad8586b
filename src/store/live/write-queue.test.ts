import { expect, it } from "vitest";
import type { RowBatch } from "./row-batch.ts";
import { createWriteQueue } from "./write-queue.ts";

const batchOf = (rows: number): RowBatch => ({
  servers: new Array<string>(rows).fill("a"),
  timestampsMs: new Float64Array(rows),
  labels: [],
  states: null,
  metrics: [],
  texts: [],
});
const answer = (batches: readonly RowBatch[]) =>
  batches.map(({ servers }) => ({ accepted: servers.length, duplicates: 0, conflicts: [], rejected: [] }));

it("puts what arrives during a commit into the next one, in order, and refuses what does not fit", async () => {
  const commits: number[][] = [];
  let finish: () => void = () => undefined;
  const queue = createWriteQueue({ commitRows: 5, queuedRows: 8 }, async (batches) => {
    commits.push(batches.map(({ servers }) => servers.length));
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return answer(batches);
  });
  const first = queue.add(batchOf(1));
  await new Promise(setImmediate);
  const later = [2, 3, 3].map((rows) => queue.add(batchOf(rows)));
  expect(queue.queuedRows()).toBe(8);
  await expect(queue.add(batchOf(1))).rejects.toMatchObject({ code: "overloaded" });
  for (let commit = 0; commit < 3; commit++) {
    finish();
    await new Promise(setImmediate);
  }
  expect((await Promise.all([first, ...later])).map(({ accepted }) => accepted)).toEqual([1, 2, 3, 3]);
  expect(commits).toEqual([[1], [2, 3], [3]]);
  await queue.idle();
  expect(queue.queuedRows()).toBe(0);
});

it("tells every write of a commit that failed, and goes on with the next", async () => {
  let calls = 0;
  const queue = createWriteQueue({ commitRows: 9, queuedRows: 9 }, async (batches) => {
    if (calls++ === 0) throw new Error("the disk");
    return answer(batches);
  });
  const failed = await Promise.allSettled([queue.add(batchOf(1)), queue.add(batchOf(2))]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await queue.add(batchOf(3))).toMatchObject({ accepted: 3 });
});
