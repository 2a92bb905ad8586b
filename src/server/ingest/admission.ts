// Who may come in with rows or samples: so many bodies at a time, of all senders and routes together, and only while they
// can be stored.
import { ForewarnError } from "../../base/index.ts";
import type { Services } from "../services.ts";

/**
 * Runs the work of one request, before which no body is read.
 * @throws ForewarnError `not_ready`, `store_read_only`, `overloaded`: the sender should come again later.
 */
export type Admit = <T>(work: () => Promise<T>) => Promise<T>;

/** Makes an {@link Admit}. @param most Requests at the same time. */
export function createAdmission({ status, store }: Pick<Services, "status" | "store">, most: number): Admit {
  let inside = 0;
  return async (work) => {
    // A daemon that is not ready for want of a model still takes rows.
    if (status().stopping) throw new ForewarnError("not_ready", "daemon: Expected it to run, but it is stopping");
    const { state, reason } = store.status();
    if (state !== "ready") {
      throw new ForewarnError("store_read_only", `store: Expected it to be writable, got ${reason}`);
    }
    if (inside >= most) throw new ForewarnError("overloaded", `ingest: Expected at most ${most} requests at a time`);
    inside++;
    try {
      return await work();
    } finally {
      inside--;
    }
  };
}
