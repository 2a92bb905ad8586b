// A model's weights as plain arrays, read by name. The reference shares only these names and layouts with the network.

/** A row of numbers. */
export type Vector = readonly number[];

/** Rows of numbers, row-major: [rows][columns]. */
export type Matrix = readonly Vector[];

/** The weights below a prefix. */
export interface Weights {
  /** The weights whose names go on with "name.". */
  scope(name: string): Weights;
  vector(name: string): Vector;
  /** A tensor as rows of `columns` numbers. */
  matrix(name: string, columns: number): Matrix;
}

/**
 * Gives access to weights by name.
 * @throws Error when a tensor that is asked for is missing, or does not divide into rows.
 */
export function readWeights(values: ReadonlyMap<string, ArrayLike<number>>): Weights {
  const vectors = new Map([...values].map(([name, numbers]) => [name, Array.from(numbers)]));
  const below = (prefix: string): Weights => {
    const vector = (name: string): Vector => {
      const found = vectors.get(prefix + name);
      if (!found) throw new Error(`reference: there is no tensor ${prefix + name}`);
      return found;
    };
    return {
      scope: (name) => below(`${prefix}${name}.`),
      vector,
      matrix: (name, columns) => toRows(vector(name), columns),
    };
  };
  return below("");
}

/** Cuts numbers into rows of `columns`. */
export function toRows(numbers: Vector, columns: number): Matrix {
  if (numbers.length % columns !== 0) throw new Error(`reference: ${numbers.length} numbers are no rows of ${columns}`);
  const rows = numbers.length / columns;
  return Array.from({ length: rows }, (_, row) => numbers.slice(row * columns, (row + 1) * columns));
}
