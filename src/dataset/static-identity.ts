// Who a server is, as one-hot vectors: its labels and, when the spec has them, its name. Index 0 is "unknown".
import type { CategorySpec, InputSpec } from "./input-spec.ts";
import type { PreparedSeries } from "./prepared-series.ts";

/** Which parts of a server's identity are written as unknown; training uses it for id-dropout. */
export interface IdentityOptions {
  hideLabels?: boolean;
  hideServer?: boolean;
}

/** Makes the function that writes labels and server name, the first static variables, at `start`. */
export function createIdentityWriter(
  spec: InputSpec,
): (out: Float32Array, start: number, series: PreparedSeries, options: IdentityOptions) => void {
  const labelPlaces = spec.labels.map(({ vocabulary }) => placesOf(vocabulary));
  const serverPlaces = placesOf(spec.serverVocabulary);
  return (out, start, series, { hideLabels = false, hideServer = false }) => {
    let at = start;
    for (const [i, label] of spec.labels.entries()) {
      const value = series.labels[label.name];
      const place = hideLabels || value == null ? 0 : (labelPlaces[i]!.get(value) ?? 0);
      at = writeOneHot(out, at, label.vocabulary.length + 1, place);
    }
    if (spec.serverVocabulary.length > 0) {
      const place = hideServer ? 0 : (serverPlaces.get(series.server) ?? 0);
      writeOneHot(out, at, spec.serverVocabulary.length + 1, place);
    }
  };
}

function placesOf(vocabulary: CategorySpec["vocabulary"]): Map<string, number> {
  return new Map(vocabulary.map((value, i) => [value, i + 1]));
}

function writeOneHot(out: Float32Array, start: number, size: number, place: number): number {
  for (let i = 0; i < size; i++) out[start + i] = i === place ? 1 : 0;
  return start + size;
}
