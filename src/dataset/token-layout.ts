// Where a variable's numbers stand in the tokens of a batch: a variable with c channels fills P * c numbers of a token,
// step by step.
import type { VariableSpec } from "./input-spec.ts";

/** Writes single numbers of tokens `[B, tokens, P * channels]` whose variables stand one after the other. */
export interface TokenLayout {
  /** Numbers of one token. */
  tokenSize: number;
  /** Offset of each variable within a token. */
  offsets: number[];
}

/** Lays out `variables` in tokens of `patchSteps` steps. */
export function layTokens(variables: readonly VariableSpec[], patchSteps: number): TokenLayout {
  const offsets: number[] = [];
  let tokenSize = 0;
  for (const { channels } of variables) {
    offsets.push(tokenSize);
    tokenSize += channels * patchSteps;
  }
  return { tokenSize, offsets };
}

/** Where the numbers of one variable of one window go. */
export interface TokenColumn {
  out: Float32Array;
  /** Index of the variable's first number in the window's first token. */
  start: number;
  tokenSize: number;
  patchSteps: number;
}

/** Points `column` at variable `index` of the window whose first token begins at `windowStart`. */
export function pointColumn(
  column: TokenColumn,
  layout: TokenLayout,
  index: number,
  out: Float32Array,
  windowStart: number,
): void {
  column.out = out;
  column.start = windowStart + layout.offsets[index]!;
  column.tokenSize = layout.tokenSize;
}
