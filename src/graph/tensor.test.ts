import { describe, expect, test } from "vitest";
import {
  add,
  broadcastTo,
  concat,
  constant,
  gemm,
  input,
  matmul,
  reshape,
  type Shape,
  slice,
  split,
  transpose,
  zeros,
} from "./index.ts";
import { broadcastShapes, sizeOf } from "./tensor.ts";

const of = (...shape: number[]) => input("x", shape);

test.each<[Shape, Shape, Shape]>([
  [[], [], []],
  [[], [2, 3], [2, 3]],
  [[3], [2, 1], [2, 3]],
  [
    [4, 1, 3],
    [5, 1],
    [4, 5, 3],
  ],
  [[1], [1, 1], [1, 1]],
])("[%s] and [%s] broadcast to [%s]", (a, b, expected) => {
  expect(broadcastShapes(a, b)).toEqual(expected);
  expect(broadcastShapes(b, a)).toEqual(expected);
});

test("sizeOf counts elements", () => {
  expect([[], [1], [2, 3], [4, 0]].map(sizeOf)).toEqual([1, 1, 6, 0]);
});

describe("shapes that do not fit are refused where the graph is built", () => {
  test.each<[string, () => unknown]>([
    ["broadcast: [2,3] and [2,4] do not fit", () => add(of(2, 3), of(2, 4))],
    ["broadcast: [3,1] and [2,3] do not fit", () => broadcastTo(of(3, 1), [2, 3])],
    ["broadcast: [2,3] does not fit [3]", () => broadcastTo(of(2, 3), [3])],
    ["reshape: [2,3] does not fit [4]", () => reshape(of(2, 3), [4])],
    ["concat: [2,3] does not fit [2,2] beside axis 0", () => concat([of(2, 2), of(2, 3)], 0)],
    ["split: sizes [1,1] do not fill axis 1 of [2,3]", () => split(of(2, 3), 1, [1, 1])],
    ["slice: [1, 4) is not inside axis 1 of [2,3]", () => slice(of(2, 3), 1, 1, 4)],
    ["slice: [2, 2) is not inside axis 1 of [2,3]", () => slice(of(2, 3), 1, 2, 2)],
    ["matmul: inner lengths 3 and 2 differ, [2,3] by [2,3]", () => matmul(of(2, 3), of(2, 3))],
    ["matmul: Expected a matrix, got [3]", () => matmul(of(2, 3), of(3))],
    ["broadcast: [2] and [3] do not fit", () => matmul(of(2, 1, 1), of(3, 1, 1))],
    ["gemm: [2,3] does not fit [2,3]", () => gemm(of(2, 3), of(2, 3), of(3))],
    ["gemm: [2,2,3] does not fit [3,4]", () => gemm(of(2, 2, 3), of(3, 4), of(4))],
    ["gemm: [2,3] does not fit [5,3,4]", () => gemm(of(2, 3), of(5, 3, 4), of(4))],
    ["gemm: [3,2,4] is not [2,4]", () => gemm(of(2, 3), of(3, 4), of(3, 2, 4))],
    ["constant: 3 values for shape [2,2]", () => constant([1, 2, 3], [2, 2])],
    ["transpose: [0,0] does not permute the axes of [2,3]", () => transpose(of(2, 3), [0, 0])],
    ["transpose: [0,1] does not permute the axes of [2,3,4]", () => transpose(of(2, 3, 4), [0, 1])],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });
});

test("operations that change nothing give the tensor itself", () => {
  const x = of(2, 3);
  expect(reshape(x, [2, 3])).toBe(x);
  expect(transpose(x, [0, 1])).toBe(x);
  expect(broadcastTo(x, [2, 3])).toBe(x);
  expect(concat([x], 1)).toBe(x);
  expect(split(x, 1, [3])).toEqual([x]);
  expect(slice(x, 1, 0, 3)).toBe(x);
});

test("only what depends on a parameter requires a gradient", () => {
  expect(add(of(2), zeros([2])).requiresGradient).toBe(false);
});
