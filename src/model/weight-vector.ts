// The same weights in their two forms: by name, as on disk and for inference, and as the flat vector that training updates.
import type { VectorGraph } from "./graphs.ts";

/** How a graph lays its parameters out. */
type Layout = Pick<VectorGraph, "slots" | "total">;

/** Named weights as one vector in the layout of a graph. */
export function packWeights({ slots, total }: Layout, weights: ReadonlyMap<string, Float32Array>): Float32Array {
  const vector = new Float32Array(total);
  for (const { name, offset } of slots) vector.set(weights.get(name)!, offset);
  return vector;
}

/** A vector in the layout of a graph as named weights, copied. */
export function unpackWeights({ slots, total }: Layout, vector: Float32Array): Map<string, Float32Array> {
  return new Map(slots.map(({ name, offset }, i) => [name, vector.slice(offset, slots[i + 1]?.offset ?? total)]));
}
