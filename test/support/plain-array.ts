// Row-major arrays of doubles, and the two functions in terms of which every plain operator is written.
import type { Shape } from "../../src/graph/index.ts";

/** A row-major array; conditions hold 0 and 1. */
export interface PlainArray {
  shape: Shape;
  values: Float64Array;
}

/** All indices of a shape in row-major order; [] has one, the empty index. */
export function indices(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (list, length) => list.flatMap((index) => range(length).map((position) => [...index, position])),
    [[]],
  );
}

/** The array of this shape whose element at each index is `valueAt(index)`. */
export function build(shape: Shape, valueAt: (index: readonly number[]) => number): PlainArray {
  return { shape, values: Float64Array.from(indices(shape), valueAt) };
}

/** The element at an index of a shape that `x` broadcasts to: leading axes are dropped, axes of length 1 repeat. */
export function at({ shape, values }: PlainArray, index: readonly number[]): number {
  const lead = index.length - shape.length;
  let flat = 0;
  for (const [axis, length] of shape.entries()) flat = flat * length + (length === 1 ? 0 : index[lead + axis]!);
  return values[flat]!;
}

/** [0, 1, ..., n - 1]. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
