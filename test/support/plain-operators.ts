// Every operator of src/graph a second time: forward only, in doubles, written for clarity. The oracle of its tests.
import type * as graph from "../../src/graph/index.ts";
import type { LstmStates, Shape, Tensor } from "../../src/graph/index.ts";
import { at, build, indices, type PlainArray, range } from "./plain-array.ts";

type Graph = typeof graph;

/** Functions of src/graph that compute tensors from tensors or numbers; a new one must be added here to compile. */
export type OperatorName = Exclude<
  {
    [Name in keyof Graph]: Graph[Name] extends (...args: never[]) => Tensor | readonly Tensor[] | LstmStates
      ? Name
      : never;
  }[keyof Graph],
  "gradients" | "flatGradient" | "input" | "parameter"
>;

/** The signatures of src/graph's operators over another kind of tensor. */
export type Operators<T> = {
  [Name in OperatorName]: (...args: ExchangedAll<Parameters<Graph[Name]>, T>) => Exchanged<ReturnType<Graph[Name]>, T>;
};

type ExchangedAll<List extends readonly unknown[], T> = { [Index in keyof List]: Exchanged<List[Index], T> };

type Exchanged<Value, T> = Value extends Tensor
  ? T
  : Value extends LstmStates
    ? Record<keyof LstmStates, T>
    : Value extends readonly Tensor[]
      ? readonly T[]
      : Value;

/** The operators over plain arrays. */
export const plain: Operators<PlainArray> = {
  add: (a, b) => zip(a, b, (x, y) => x + y),
  sub: (a, b) => zip(a, b, (x, y) => x - y),
  mul: (a, b) => zip(a, b, (x, y) => x * y),
  div: (a, b) => zip(a, b, (x, y) => x / y),

  greater: (a, b) => zip(a, b, (x, y) => Number(x > y)),
  minimum: (a, b) => zip(a, b, Math.min),
  maximum: (a, b) => zip(a, b, Math.max),
  where: (condition, a, b) =>
    build(broadcast(condition.shape, broadcast(a.shape, b.shape)), (i) => (at(condition, i) ? at(a, i) : at(b, i))),

  constant: (values, shape) => ({ shape, values: Float64Array.from(values) }),
  scalar: (value) => build([], () => value),
  zeros: (shape) => build(shape, () => 0),

  neg: (x) => map(x, (v) => -v),
  abs: (x) => map(x, Math.abs),
  sign: (x) => map(x, Math.sign),
  exp: (x) => map(x, Math.exp),
  log: (x) => map(x, Math.log),
  sqrt: (x) => map(x, Math.sqrt),
  tanh: (x) => map(x, Math.tanh),
  sigmoid: (x) => map(x, sigmoid),
  softplus: (x) => map(x, (v) => Math.log1p(Math.exp(v))),
  relu: (x) => map(x, (v) => Math.max(v, 0)),
  elu: (x) => map(x, (v) => (v > 0 ? v : Math.expm1(v))),

  sum: (x, axes) => reduce(x, axes, total),
  mean: (x, axes) => reduce(x, axes, (values) => total(values) / values.length),
  sumAll: (x) => build([], () => total([...x.values])),
  sumTo: (x, shape) => {
    const places: PlainArray = { shape, values: Float64Array.from(indices(shape).keys()) };
    const sums = new Float64Array(places.values.length);
    for (const index of indices(x.shape)) sums[at(places, index)]! += at(x, index);
    return { shape, values: sums };
  },
  softmax: (x) =>
    alongLast(x, (row) => {
      const largest = Math.max(...row);
      const powers = row.map((v) => Math.exp(v - largest));
      return powers.map((power) => power / total(powers));
    }),
  layerNorm: (x, gamma, beta) => plain.add(plain.mul(alongLast(x, standardised), gamma), beta),
  addAndNorm: (x, y, gamma, beta) => plain.layerNorm(plain.add(x, y), gamma, beta),
  normalisedMixture: (parts, shares, gamma, beta) => {
    const sizes = parts.map(({ shape }) => shape[1]!);
    const [columns, gammas, betas] = [
      plain.split(
        shares,
        1,
        sizes.map(() => 1),
      ),
      plain.split(gamma, 0, sizes),
      plain.split(beta, 0, sizes),
    ];
    return parts
      .map((part, i) => plain.mul(columns[i]!, plain.layerNorm(part, gammas[i]!, betas[i]!)))
      .reduce(plain.add);
  },
  gate: (value, gating) => plain.mul(value, plain.sigmoid(gating)),
  sort: (x) => alongLast(x, (row) => row.toSorted((a, b) => a - b)),

  reshape: (x, shape) => ({ shape, values: x.values }),
  transpose: (x, permutation) => {
    const shape = permutation.map((axis) => x.shape[axis]!);
    return build(shape, (index) => at(x, scattered(index, permutation)));
  },
  broadcastTo: (x, shape) => build(shape, (index) => at(x, index)),
  slice: (x, axis, start, end) =>
    build(x.shape.with(axis, end - start), (index) => at(x, index.with(axis, start + index[axis]!))),
  split: (x, axis, sizes) =>
    sizes.map((size, i) => {
      const start = total(sizes.slice(0, i));
      return plain.slice(x, axis, start, start + size);
    }),
  pad: (x, axis, before, after) => {
    const length = x.shape[axis]!;
    return build(x.shape.with(axis, before + length + after), (index) => {
      const position = index[axis]! - before;
      return 0 <= position && position < length ? at(x, index.with(axis, position)) : 0;
    });
  },
  concat: (parts, axis) => {
    const lengths = parts.map(({ shape }) => shape[axis]!);
    return build(parts[0]!.shape.with(axis, total(lengths)), (index) => {
      let position = index[axis]!;
      let part = 0;
      while (position >= lengths[part]!) position -= lengths[part++]!;
      return at(parts[part]!, index.with(axis, position));
    });
  },

  matmul: (a, b, transposeA = false, transposeB = false, alpha = 1) => {
    const [left, right] = [transposeA ? swapped(a) : a, transposeB ? swapped(b) : b];
    const batch = broadcast(left.shape.slice(0, -2), right.shape.slice(0, -2));
    return build([...batch, left.shape.at(-2)!, right.shape.at(-1)!], (index) => {
      const [where, row, column] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
      const inner = range(left.shape.at(-1)!);
      return alpha * total(inner.map((k) => at(left, [...where, row, k]) * at(right, [...where, k, column])));
    });
  },
  gemm: (x, w, c, transposeB = false) => plain.add(plain.matmul(x, w, false, transposeB), c),

  lstm: (x, weight, recurrent, bias, hidden0, cell0) => {
    const steps = plain.split(x, 0, range(x.shape[0]!).fill(1));
    const width = recurrent.shape[1]!;
    const states: PlainArray[] = [];
    let [hidden, cell] = [hidden0, cell0];
    for (const step of steps) {
      const rows = plain.reshape(step, step.shape.slice(1));
      const gates = plain.gemm(rows, weight, plain.gemm(hidden, recurrent, bias, true), true);
      const [input, output, forget, candidate] = plain.split(gates, 1, [width, width, width, width]) as [
        PlainArray,
        PlainArray,
        PlainArray,
        PlainArray,
      ];
      cell = plain.add(plain.gate(cell, forget), plain.gate(plain.tanh(candidate), input));
      hidden = plain.gate(plain.tanh(cell), output);
      states.push(plain.reshape(hidden, [1, ...hidden.shape]));
    }
    return { sequence: plain.concat(states, 0), hidden, cell };
  },
};

function sigmoid(v: number): number {
  return 1 / (1 + Math.exp(-v));
}

function total(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0);
}

function standardised(row: readonly number[]): number[] {
  const centre = total(row) / row.length;
  const variance = total(row.map((v) => (v - centre) ** 2)) / row.length;
  return row.map((v) => (v - centre) / Math.sqrt(variance + 1e-5));
}

function broadcast(a: Shape, b: Shape): Shape {
  return range(Math.max(a.length, b.length))
    .map((fromEnd) => Math.max(a.at(-1 - fromEnd) ?? 1, b.at(-1 - fromEnd) ?? 1))
    .reverse();
}

function map(x: PlainArray, f: (v: number) => number): PlainArray {
  return { shape: x.shape, values: x.values.map(f) };
}

function zip(a: PlainArray, b: PlainArray, f: (x: number, y: number) => number): PlainArray {
  return build(broadcast(a.shape, b.shape), (index) => f(at(a, index), at(b, index)));
}

/** Replaces the elements along `axes` by one number. */
function reduce(x: PlainArray, axes: readonly number[], f: (values: number[]) => number): PlainArray {
  const lengths = (kept: boolean) => x.shape.map((length, axis) => (axes.includes(axis) === kept ? length : 1));
  return build(lengths(false), (index) =>
    f(
      indices(lengths(true)).map((offset) =>
        at(
          x,
          index.map((position, axis) => position + offset[axis]!),
        ),
      ),
    ),
  );
}

function alongLast(x: PlainArray, f: (row: number[]) => number[]): PlainArray {
  const length = x.shape.at(-1)!;
  const rows = range(x.values.length / length).map((row) => [...x.values.slice(row * length, (row + 1) * length)]);
  return { shape: x.shape, values: Float64Array.from(rows.flatMap(f)) };
}

function swapped(x: PlainArray): PlainArray {
  const axes = range(x.shape.length);
  return plain.transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
}

/** The index whose entry on axis permutation[i] is index[i]. */
function scattered(index: readonly number[], permutation: readonly number[]): number[] {
  const result = new Array<number>(index.length);
  for (const [i, axis] of permutation.entries()) result[axis] = index[i]!;
  return result;
}
