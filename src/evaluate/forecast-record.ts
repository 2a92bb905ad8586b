// A forecast as it was served, with all that is needed to score it when its truth arrives.
import { ForewarnError } from "../base/index.ts";

/** One served forecast of one server. */
export interface ForecastRecord {
  forecastId: string;
  modelId: string;
  contractHash: string;
  /** When it was given out, UTC. */
  issuedAtMs: number;
  server: string;
  /** Static categories of the server by label name; a label may be absent. */
  labels: Readonly<Record<string, string>>;
  intervalMs: number;
  /** Start of the first forecast step: the end of the last step that the model read. */
  originMs: number;
  /** Quantile levels, increasing. */
  levels: readonly number[];
  targets: readonly RecordedTarget[];
  breaches: readonly RecordedBreach[];
}

/** The quantiles of one metric, in its unit. */
export interface RecordedTarget {
  metric: string;
  /** [steps, levels] */
  quantiles: Float32Array;
  /** Scale of MASE of the server's history; NaN or 0 where undefined. */
  scale: number;
}

/** Probabilities that an incident of one rule begins within so many steps of the origin. Both lists are [groups]. */
export interface RecordedBreach {
  rule: string;
  withinSteps: readonly number[];
  probabilities: readonly number[];
}

/** The probability that an incident of `rule` begins within `steps` of the origin; undefined when none was given. */
export function breachProbability({ breaches }: ForecastRecord, rule: string, steps: number): number | undefined {
  const breach = breaches.find((recorded) => recorded.rule === rule);
  return breach?.probabilities[breach.withinSteps.indexOf(steps)];
}

/** What a record must agree with to be scored together with others. */
export interface RecordShape {
  contractHash: string;
  intervalMs: number;
  levels: readonly number[];
  horizonSteps: number;
  /** Identifiers of breach rules, and the horizons in steps that their probabilities may have. */
  rules: readonly string[];
  withinSteps: readonly number[];
}

/**
 * Checks a record before it is scored.
 * @throws ForewarnError `contract_mismatch`, `interval_mismatch`, `timestamp_invalid`, `shape_mismatch`, or
 *   `output_invalid` for quantiles that are not finite and probabilities outside [0, 1].
 */
export function checkForecastRecord(record: ForecastRecord, shape: RecordShape): void {
  const subject = `forecast ${record.forecastId} of ${record.server}`;
  const expect = (
    code: ForewarnError["code"],
    what: string,
    expected: unknown,
    got: unknown,
    ok = expected === got,
  ) => {
    if (!ok) throw new ForewarnError(code, `${subject}: Expected ${what} ${expected}, got ${got}`);
  };
  expect("contract_mismatch", "contract", shape.contractHash, record.contractHash);
  expect("interval_mismatch", "an interval in ms of", shape.intervalMs, record.intervalMs);
  const onGrid = Number.isInteger(record.originMs / shape.intervalMs);
  expect("timestamp_invalid", "an origin on the grid of ms", shape.intervalMs, record.originMs, onGrid);
  expect("shape_mismatch", "quantile levels", shape.levels.join(", "), record.levels.join(", "));
  for (const { metric, quantiles, scale } of record.targets) {
    const values = shape.horizonSteps * shape.levels.length;
    expect("shape_mismatch", `quantiles of ${metric} in number`, values, quantiles.length);
    const finite = quantiles.every(Number.isFinite);
    expect("output_invalid", `quantiles of ${metric} to be`, "finite", "NaN or an infinity", finite);
    expect("output_invalid", `a scale of ${metric} below`, Infinity, scale, scale !== Infinity);
  }
  for (const { rule, withinSteps, probabilities } of record.breaches) {
    expect("shape_mismatch", "one of the breach rules", shape.rules.join(", "), rule, shape.rules.includes(rule));
    const known = withinSteps.every((steps) => shape.withinSteps.includes(steps));
    expect("shape_mismatch", `horizons of ${rule} among`, shape.withinSteps.join(", "), withinSteps.join(", "), known);
    expect("shape_mismatch", `probabilities of ${rule} in number`, withinSteps.length, probabilities.length);
    const legal = probabilities.every((probability) => probability >= 0 && probability <= 1);
    expect("output_invalid", `probabilities of ${rule} in`, "[0, 1]", probabilities.join(", "), legal);
  }
}
