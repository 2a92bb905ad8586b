// What a mapping could not use, counted.
import type { Mapping } from "./mapping.ts";

/** Counts over the rows made so far. */
export interface MappingTally {
  rows: number;
  servers: Set<string>;
  /** Rows without a value, by metric; those that are mapped to nothing included. */
  missing: Record<string, number>;
  /** Values outside the metric's range, which became missing or were clipped; infinities included. */
  outOfRange: Record<string, number>;
  /** First value out of range, for people: "web1 2026-01-05T00:00:00.000Z: 104.2". */
  firstOutOfRange: Record<string, string>;
  /** Values of labels that the contract does not know and that became missing, each once, by label. */
  unknownLabels: Record<string, string[]>;
}

/** A tally of nothing. */
export function emptyTally({ contract, labels }: Mapping): MappingTally {
  const zeros = Object.fromEntries(contract.metrics.map(({ name }) => [name, 0]));
  return {
    rows: 0,
    servers: new Set(),
    missing: { ...zeros },
    outOfRange: { ...zeros },
    firstOutOfRange: {},
    unknownLabels: Object.fromEntries(labels.map(({ name }) => [name, []])),
  };
}
