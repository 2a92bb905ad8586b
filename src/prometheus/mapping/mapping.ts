// A mapping that is ready to be evaluated: its contract, and expressions that are parsed for what they are.
import type { Contract, Metric } from "../../contract/index.ts";

/** A metric of the contract and the expression that measures it. */
export interface MappedMetric {
  metric: Metric;
  /** PromQL of an instant vector, with the interval put in. */
  expression: string;
  /** What becomes of values outside the metric's range. */
  outOfRange: "missing" | "clip";
}

/** A label of the contract and where its value is read. */
export interface MappedLabel {
  name: string;
  /** PromQL of an instant vector, with the interval put in. */
  expression: string;
  /** The label of its series. */
  label: string;
  /** Its values to values of the contract. */
  values: Readonly<Record<string, string>>;
  /** Values that the contract allows. */
  allowed: ReadonlySet<string>;
}

/** A checked mapping; metrics and labels in the order of the contract, those without an expression left out. */
export interface Mapping {
  /** Where it came from, for messages. */
  name: string;
  contract: Contract;
  intervalMs: number;
  serverLabel: string;
  /** The first group of a match is the server's name. */
  serverPattern: RegExp;
  /** PromQL of an instant vector: servers without a value of it have no row; null if every server has. */
  present: string | null;
  metrics: readonly MappedMetric[];
  labels: readonly MappedLabel[];
}
