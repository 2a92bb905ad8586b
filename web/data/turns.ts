// A few requests at a time: rows that scroll by must not crowd out what the viewer waits for.

/** Each asks twice, and a browser has six connections: one is left for the stream and one for the next tick. */
const AT_ONCE = 2;
let running = 0;
const waiting: (() => void)[] = [];

/** Runs `work` when it is its turn; not at all when `signal` has ended before. The newest goes first. */
export async function takeTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    signal.throwIfAborted();
    return await work();
  } finally {
    const next = waiting.pop();
    if (next === undefined) running--;
    else next();
  }
}
