// Work that must not overlap: each piece waits for the one before, whether that ended well or not.

/** Runs `work` when it is its turn. */
export type Turn = <T>(work: () => Promise<T> | T) => Promise<T>;

/** Makes an empty queue of turns. */
export function createTurn(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
