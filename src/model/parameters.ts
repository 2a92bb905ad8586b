// The trained tensors of a model: declared by name, shape and start while the graph is built, so that one definition
// serves training, inference, verification and the file on disk.
import type { Rng } from "../base/index.ts";
import { parameter, type Shape, sizeOf, type Tensor } from "../graph/index.ts";

/**
 * How a tensor starts. glorot: uniform with variance 2 / (fan-in + fan-out) (Glorot and Bengio 2010); stacked matrices
 * name the fans of one.
 */
export type Start =
  | "glorot"
  | "zeros"
  | "ones"
  | { glorot: readonly [number, number] }
  | { fill: (index: number) => number };

/** A declared parameter. */
export interface Declaration {
  name: string;
  shape: Shape;
  start: Start;
  tensor: Tensor;
}

/** Collects the parameters of a model under construction. */
export interface Parameters {
  /** Declares a parameter under the current prefix. */
  declare(name: string, shape: Shape, start: Start): Tensor;
  /** The same collection under a longer prefix: names become "prefix.name". */
  scope(prefix: string): Parameters;
  readonly declarations: readonly Declaration[];
}

/** An empty collection. */
export function createParameters(): Parameters {
  const declarations: Declaration[] = [];
  const names = new Set<string>();
  const at = (prefix: string): Parameters => ({
    declarations,
    scope: (inner) => at(`${prefix}${inner}.`),
    declare(name, shape, start) {
      const full = prefix + name;
      if (names.has(full)) throw new Error(`parameters: ${full} is declared twice`);
      names.add(full);
      const tensor = parameter(full, shape);
      declarations.push({ name: full, shape, start, tensor });
      return tensor;
    },
  });
  return at("");
}

/** First values of parameters, by name. */
export function startValues(declarations: readonly Declaration[], rng: Rng): Map<string, Float32Array> {
  return new Map(declarations.map(({ name, shape, start }) => [name, startOf(shape, start, rng.fork(name))]));
}

function startOf(shape: Shape, start: Start, rng: Rng): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  if (start === "zeros") return values;
  if (start === "ones") return values.fill(1);
  if (start !== "glorot" && "fill" in start) return values.map((_, index) => start.fill(index));
  const [fanIn, fanOut] = start === "glorot" ? [shape.at(-2)!, shape.at(-1)!] : start.glorot;
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return values.map(() => (2 * rng.uniform() - 1) * limit);
}
