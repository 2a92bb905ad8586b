// Group commit: while one commit runs, later writes wait and go together in the next one.
import { ForewarnError } from "../../base/index.ts";
import type { WriteResult } from "./live-store.ts";
import type { RowBatch } from "./row-batch.ts";

/** Bounds of the queue, in rows. */
export interface QueueLimits {
  /** A commit takes no further write beyond this. */
  commitRows: number;
  /** Writes that do not fit beside those that wait are refused. */
  queuedRows: number;
}

/** Writes waiting for their commit. */
export interface WriteQueue {
  /** @throws ForewarnError `overloaded`; what the commit throws. */
  add(batch: RowBatch): Promise<WriteResult>;
  /** Rows that wait. */
  queuedRows(): number;
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>;
}

interface Waiting {
  batch: RowBatch;
  resolve: (result: WriteResult) => void;
  reject: (error: unknown) => void;
}

/** Makes a queue in front of `commit`, which gets writes in the order of their arrival and answers for each. */
export function createWriteQueue(
  limits: QueueLimits,
  commit: (batches: readonly RowBatch[]) => Promise<WriteResult[]>,
): WriteQueue {
  const waiting: Waiting[] = [];
  let rows = 0;
  let running: Promise<void> | undefined;

  const takeGroup = (): Waiting[] => {
    const group: Waiting[] = [];
    let size = 0;
    for (const { batch } of waiting) {
      size += batch.servers.length;
      if (group.length > 0 && size > limits.commitRows) break;
      group.push(waiting[group.length]!);
    }
    waiting.splice(0, group.length);
    for (const { batch } of group) rows -= batch.servers.length;
    return group;
  };
  const run = async (): Promise<void> => {
    // Writes of the same moment arrive one after the other in this turn of the event loop.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = takeGroup();
      try {
        const results = await commit(group.map(({ batch }) => batch));
        for (const [index, { resolve }] of group.entries()) resolve(results[index]!);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    running = undefined;
  };

  return {
    add(batch) {
      const size = batch.servers.length;
      if (rows > 0 && rows + size > limits.queuedRows) {
        const message = `live store: Expected at most ${limits.queuedRows} waiting rows, got ${rows} and ${size} more`;
        return Promise.reject(new ForewarnError("overloaded", message, { hint: "send them again in a second" }));
      }
      rows += size;
      const result = new Promise<WriteResult>((resolve, reject) => waiting.push({ batch, resolve, reject }));
      running ??= run();
      return result;
    },
    queuedRows: () => rows,
    async idle() {
      while (running !== undefined) await running;
    },
  };
}
