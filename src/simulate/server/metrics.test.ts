import { expect, test } from "vitest";
import { queueing } from "./metrics.ts";

/** Mean wait of M/M/c over the service time, by Erlang's C formula. */
function erlangWait(utilisation: number, workers: number): number {
  const load = utilisation * workers;
  let blocking = 1;
  for (let c = 1; c <= workers; c++) blocking = (load * blocking) / (c + load * blocking);
  const waitingShare = blocking / (1 - utilisation * (1 - blocking));
  return waitingShare / (workers * (1 - utilisation));
}

test.each([
  [0.5, 1],
  [0.9, 1],
  [0.7, 4],
  [0.9, 8],
  [0.97, 16],
  [0.99, 32],
])("queueing at utilisation %d with %d workers is near the exact wait", (utilisation, workers) => {
  const exact = erlangWait(utilisation, workers);
  expect(Math.abs(queueing(utilisation, workers) - exact)).toBeLessThan(0.05 + 0.1 * exact);
});

test("queueing grows with utilisation and stays finite", () => {
  let last = 0;
  for (let utilisation = 0; utilisation <= 1.2; utilisation += 0.05) {
    const wait = queueing(utilisation, 16);
    expect(wait).toBeGreaterThanOrEqual(last);
    expect(Number.isFinite(wait)).toBe(true);
    last = wait;
  }
});
