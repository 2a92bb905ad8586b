import { expect, test } from "vitest";
import type { RunState } from "./checkpoint.ts";
import { noteEpoch } from "./note-epoch.ts";

/** Validation losses of epochs of equal length: which of them were the best so far, and the loss that is kept. */
function follow(losses: readonly number[]) {
  const state: Pick<RunState, "losses" | "bestValidation"> = { losses: [], bestValidation: null };
  const best = losses.map((validation, at) =>
    noteEpoch(state, { epoch: at + 1, train: 1, validation }, (at + 1) / losses.length),
  );
  expect(state.losses.map((epoch) => epoch.validation)).toEqual(losses);
  return { best, kept: state.bestValidation };
}

test.each<[string, number[], boolean[], number]>([
  ["the lowest of the second half", [0.9, 0.8, 0.7, 0.6, 0.65], [false, false, true, true, false], 0.6],
  ["not a lower one of the first half", [0.9, 0.3, 0.7, 0.8, 0.75], [false, false, true, false, false], 0.7],
  ["the first of equals", [0.5, 0.5, 0.5, 0.5], [false, true, false, false], 0.5],
  ["the only one", [0.4], [true], 0.4],
])("the best epoch is %s", (_name, losses, best, kept) => {
  expect(follow(losses)).toEqual({ best, kept });
});
