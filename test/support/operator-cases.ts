// Random cases of every operator: arguments, and how to apply the operator to them, over any kind of tensor.
import type { Rng } from "../../src/base/index.ts";
import type { Shape } from "../../src/graph/index.ts";
import { build, type PlainArray, range } from "./plain-array.ts";
import type { OperatorName, Operators } from "./plain-operators.ts";

/** An application of an operator to random arguments. */
export interface OperatorCase {
  args: PlainArray[];
  apply<T>(operators: Operators<T>, ...args: T[]): readonly T[];
  /** Positions of the arguments that receive a gradient; all of them unless given. */
  trained?: number[];
}

/** One random case of each operator. */
export const operatorCases: Record<OperatorName, (rng: Rng) => OperatorCase> = {
  add: (rng) => ({ args: anyPair(rng), apply: (o, a, b) => [o.add(a, b)] }),
  sub: (rng) => ({ args: anyPair(rng), apply: (o, a, b) => [o.sub(a, b)] }),
  mul: (rng) => ({ args: anyPair(rng), apply: (o, a, b) => [o.mul(a, b)] }),
  div: (rng) => {
    const [a, b] = compatible(rng, 2);
    return { args: [normal(rng, a!), positive(rng, b!)], apply: (o, x, y) => [o.div(x, y)] };
  },

  greater: (rng) => ({
    args: compatible(rng, 2).map((shape) => normal(rng, shape)),
    apply: (o, a, b) => [o.where(o.greater(a, b), o.scalar(2), o.scalar(3))],
    trained: [],
  }),
  where: (rng) => ({
    args: compatible(rng, 3).map((shape) => normal(rng, shape)),
    apply: (o, condition, a, b) => [o.where(o.greater(condition, o.scalar(0)), a, b)],
    trained: [1, 2],
  }),
  minimum: (rng) => ({ args: anyPair(rng), apply: (o, a, b) => [o.minimum(a, b)] }),
  maximum: (rng) => ({ args: anyPair(rng), apply: (o, a, b) => [o.maximum(a, b)] }),

  constant: (rng) => {
    const { shape, values } = anyArray(rng);
    return { args: [], apply: (o) => [o.constant(values, shape)] };
  },
  scalar: (rng) => {
    const value = Math.fround(rng.normal());
    return { args: [], apply: (o) => [o.scalar(value)] };
  },
  zeros: (rng) => {
    const shape = rng.integer(4) === 0 ? [5, 20] : anyShape(rng);
    return { args: [], apply: (o) => [o.zeros(shape)] };
  },

  neg: (rng) => ({ args: [anyArray(rng)], apply: (o, x) => [o.neg(x)] }),
  abs: (rng) => ({ args: [anyArray(rng)], apply: (o, x) => [o.abs(x)] }),
  sign: (rng) => ({ args: [anyArray(rng)], apply: (o, x) => [o.sign(x)], trained: [] }),
  exp: (rng) => ({ args: [anyArray(rng)], apply: (o, x) => [o.exp(x)] }),
  log: (rng) => ({ args: [positive(rng, anyShape(rng))], apply: (o, x) => [o.log(x)] }),
  sqrt: (rng) => ({ args: [positive(rng, anyShape(rng))], apply: (o, x) => [o.sqrt(x)] }),
  tanh: (rng) => ({ args: [anyArray(rng)], apply: (o, x) => [o.tanh(x)] }),
  sigmoid: (rng) => ({ args: [anyArray(rng)], apply: (o, x) => [o.sigmoid(x)] }),
  softplus: (rng) => ({ args: [anyArray(rng)], apply: (o, x) => [o.softplus(x)] }),
  relu: (rng) => ({ args: [anyArray(rng)], apply: (o, x) => [o.relu(x)] }),
  elu: (rng) => ({ args: [anyArray(rng)], apply: (o, x) => [o.elu(x)] }),

  sum: (rng) => {
    const [x, axes] = withAxes(rng);
    return { args: [x], apply: (o, t) => [o.sum(t, axes)] };
  },
  mean: (rng) => {
    const [x, axes] = withAxes(rng);
    return { args: [x], apply: (o, t) => [o.mean(t, axes)] };
  },
  sumAll: (rng) => ({ args: [anyArray(rng)], apply: (o, x) => [o.sumAll(x)] }),
  sumTo: (rng) => {
    const shape = anyShape(rng);
    const target = narrowed(rng, shape);
    return { args: [normal(rng, shape)], apply: (o, x) => [o.sumTo(x, target)] };
  },
  softmax: (rng) => ({ args: [normal(rng, anyShape(rng, 1))], apply: (o, x) => [o.softmax(x)] }),
  layerNorm: (rng) => {
    const shape = anyShape(rng, 1);
    const row = [shape.at(-1)!];
    return {
      args: [shape, row, row].map((s) => normal(rng, s)),
      apply: (o, x, gamma, beta) => [o.layerNorm(x, gamma, beta)],
    };
  },
  addAndNorm: (rng) => {
    const shape = anyShape(rng, 1);
    const row = [shape.at(-1)!];
    return {
      args: [shape, shape, row, row].map((s) => normal(rng, s)),
      apply: (o, x, y, gamma, beta) => [o.addAndNorm(x, y, gamma, beta)],
    };
  },
  normalisedMixture: (rng) => {
    const [rows, width, count] = [length(rng), length(rng), length(rng)];
    const shapes = [[rows, count], [count * width], [count * width], ...range(count).map(() => [rows, width])];
    return {
      args: shapes.map((s) => normal(rng, s)),
      apply: (o, shares, gamma, beta, ...parts) => [o.normalisedMixture(parts, shares!, gamma!, beta!)],
    };
  },
  gate: (rng) => {
    const shape = anyShape(rng);
    return { args: [normal(rng, shape), normal(rng, shape)], apply: (o, value, gating) => [o.gate(value, gating)] };
  },
  sort: (rng) => ({ args: [normal(rng, anyShape(rng, 1))], apply: (o, x) => [o.sort(x)], trained: [] }),

  reshape: (rng) => {
    const x = anyArray(rng);
    const shape = [[x.values.length], [1, x.values.length, 1], x.shape.toReversed()][rng.integer(3)]!;
    return { args: [x], apply: (o, t) => [o.reshape(t, shape)] };
  },
  transpose: (rng) => {
    const x = anyArray(rng);
    const permutation = shuffled(rng, range(x.shape.length));
    return { args: [x], apply: (o, t) => [o.transpose(t, permutation)] };
  },
  broadcastTo: (rng) => {
    const shape = anyShape(rng);
    return { args: [normal(rng, narrowed(rng, shape))], apply: (o, x) => [o.broadcastTo(x, shape)] };
  },
  slice: (rng) => {
    const { x, axis, length } = withAxis(rng);
    const start = rng.integer(length);
    const end = start + 1 + rng.integer(length - start);
    return { args: [x], apply: (o, t) => [o.slice(t, axis, start, end)] };
  },
  split: (rng) => {
    const { x, axis, length } = withAxis(rng);
    const first = rng.integer(length);
    const sizes = [first, length - first].filter((n) => n > 0);
    return { args: [x], apply: (o, t) => o.split(t, axis, sizes) };
  },
  pad: (rng) => {
    const { x, axis } = withAxis(rng);
    const [before, after] = [rng.integer(3), rng.integer(3)];
    return { args: [x], apply: (o, t) => [o.pad(t, axis, before, after)] };
  },
  concat: (rng) => {
    const { x, axis } = withAxis(rng);
    const others = range(rng.integer(3)).map(() => normal(rng, x.shape.with(axis, 1 + rng.integer(3))));
    return { args: [x, ...others], apply: (o, ...parts) => [o.concat(parts, axis)] };
  },

  matmul: (rng) => {
    const [m, k, n] = [length(rng), length(rng), length(rng)];
    const [transposeA, transposeB] = [coin(rng), coin(rng)];
    const alpha = coin(rng) ? 1 : Math.fround(rng.normal());
    const [batchA, batchB] = coin(rng) ? [[], []] : compatible(rng, 2, 2);
    return {
      args: [
        normal(rng, [...batchA!, ...(transposeA ? [k, m] : [m, k])]),
        normal(rng, [...batchB!, ...(transposeB ? [n, k] : [k, n])]),
      ],
      apply: (o, a, b) => [o.matmul(a, b, transposeA, transposeB, alpha)],
    };
  },
  gemm: (rng) => {
    const [m, k, n] = [length(rng), length(rng), length(rng)];
    const transposeB = coin(rng);
    return {
      args: [[m, k], transposeB ? [n, k] : [k, n], coin(rng) ? [n] : [m, n]].map((shape) => normal(rng, shape)),
      apply: (o, x, w, c) => [o.gemm(x, w, c, transposeB)],
    };
  },
  lstm: (rng) => {
    const [steps, batch, width, hidden] = [length(rng), 1 + rng.integer(3), length(rng), length(rng)];
    const shapes = [
      [steps, batch, width],
      [4 * hidden, width],
      [4 * hidden, hidden],
      [4 * hidden],
      [batch, hidden],
      [batch, hidden],
    ];
    return {
      args: shapes.map((shape) => normal(rng, shape)),
      apply: (o, x, weight, recurrent, bias, hidden0, cell0) => {
        const { sequence, hidden: last, cell } = o.lstm(x, weight, recurrent, bias, hidden0, cell0);
        return [sequence, last, cell];
      },
    };
  },
};

/** Standard normal numbers, exact in single precision. */
export function normal(rng: Rng, shape: Shape): PlainArray {
  return build(shape, () => Math.fround(rng.normal()));
}

/** Numbers in [0.5, 2.5), exact in single precision. */
export function positive(rng: Rng, shape: Shape): PlainArray {
  return build(shape, () => Math.fround(0.5 + 2 * rng.uniform()));
}

/** True or false, evenly. */
export function coin(rng: Rng): boolean {
  return rng.integer(2) === 0;
}

function length(rng: Rng): number {
  return 1 + rng.integer(4);
}

function anyShape(rng: Rng, smallestRank = 0, largestRank = 4): Shape {
  const rank = smallestRank + rng.integer(largestRank - smallestRank + 1);
  return range(rank).map(() => (rank > 3 ? 1 + rng.integer(3) : length(rng)));
}

function anyArray(rng: Rng): PlainArray {
  return normal(rng, anyShape(rng));
}

function anyPair(rng: Rng): PlainArray[] {
  return compatible(rng, 2).map((shape) => normal(rng, shape));
}

/** A shape that broadcasts to `shape`: some axes become 1, some leading ones go. */
function narrowed(rng: Rng, shape: Shape): Shape {
  const dropped = coin(rng) ? 0 : rng.integer(shape.length + 1);
  return shape.slice(dropped).map((n) => (coin(rng) ? n : 1));
}

/** Shapes that broadcast together. */
function compatible(rng: Rng, count: number, largestRank = 4): Shape[] {
  const shape = anyShape(rng, 0, largestRank);
  return range(count).map(() => (coin(rng) ? shape : narrowed(rng, shape)));
}

function withAxis(rng: Rng): { x: PlainArray; axis: number; length: number } {
  const x = normal(rng, anyShape(rng, 1));
  const axis = rng.integer(x.shape.length);
  return { x, axis, length: x.shape[axis]! };
}

function withAxes(rng: Rng): [PlainArray, number[]] {
  const x = anyArray(rng);
  return [x, range(x.shape.length).filter(() => coin(rng))];
}

function shuffled(rng: Rng, list: number[]): number[] {
  return list
    .map((value) => ({ value, key: rng.uniform() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
