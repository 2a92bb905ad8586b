// What must hold between the fields of a contract whose shape is right: names, ranges, transforms, breach rules.
import { type ErrorCode, ForewarnError, type Issue, parseDuration } from "../base/index.ts";
import { excludedColumnReason } from "./excluded.ts";
import type { BreachRule, Contract, Metric } from "./schema.ts";

/** Every problem between the fields of a contract, in document order. */
export function* checkFields(contract: Contract): Generator<Issue> {
  const stepMs = durationMs(contract.interval);
  if (stepMs === undefined) yield invalid("interval", `Expected a duration such as 5m, got ${contract.interval}`);
  yield* checkNames(contract);
  for (const [i, label] of contract.labels.entries()) yield* checkUnique(label.values, `labels[${i}].values`);
  if (contract.state !== null) yield* checkUnique(contract.state.values, "state.values");
  for (const [i, metric] of contract.metrics.entries()) yield* checkMetric(metric, `metrics[${i}]`);
  if (!contract.metrics.some((metric) => metric.role === "target")) {
    yield invalid("metrics", "Expected at least one metric with role target, got none");
  }
  const ruleIds = contract.breachRules.map((rule) => rule.id);
  yield* checkUnique(ruleIds, "breachRules");
  for (const [i, rule] of contract.breachRules.entries()) {
    yield* checkThreshold(rule, contract.metrics, `breachRules[${i}]`);
    yield* checkRuleDurations(rule, stepMs, `breachRules[${i}]`);
  }
}

function* checkNames(contract: Contract): Generator<Issue> {
  const columns = [
    ...contract.labels.map(({ name }, i) => ({ name, path: `labels[${i}].name` })),
    ...(contract.state === null ? [] : [{ name: contract.state.name, path: "state.name" }]),
    ...contract.metrics.map(({ name }, i) => ({ name, path: `metrics[${i}].name` })),
    ...contract.texts.map((name, i) => ({ name, path: `texts[${i}]` })),
  ];
  const firstPaths = new Map<string, string>();
  for (const { name, path } of columns) {
    const first = firstPaths.get(name);
    const reason = excludedColumnReason(name);
    if (name === "timestamp" || name === "server") {
      yield invalid(path, `Expected another name than ${name}, which every contract has already`);
    } else if (first !== undefined) {
      yield invalid(path, `Expected a name of its own, got ${name}, which is also ${first}`);
    } else if (reason !== undefined) {
      yield invalid(path, `Expected no column ${name}: ${reason}`, "column_excluded");
    }
    if (first === undefined) firstPaths.set(name, path);
  }
}

function* checkMetric({ kind, role, min, max, transform }: Metric, path: string): Generator<Issue> {
  if (min !== null && max !== null && min >= max) {
    yield invalid(`${path}.min`, `Expected less than max (${max}), got ${min}`);
  }
  if (transform === "log1p" && (min === null || min < 0)) {
    yield invalid(`${path}.min`, `Expected 0 or more for transform log1p, got ${min}`);
  }
  if (transform === "logit" && (min === null || max === null)) {
    yield invalid(`${path}.transform`, `Expected a finite min and max for logit, got ${min} and ${max}`);
  }
  if (kind === "flag" && (min !== 0 || max !== 1)) {
    yield invalid(path, `Expected min 0 and max 1 for a flag, got ${min} and ${max}`);
  }
  if (kind === "flag" && role !== "observed") {
    yield invalid(`${path}.role`, `Expected observed for a flag, got ${role}`);
  }
}

function* checkThreshold(rule: BreachRule, metrics: Metric[], path: string): Generator<Issue> {
  const metric = metrics.find(({ name }) => name === rule.metric);
  if (metric === undefined) {
    const names = metrics.map(({ name }) => name).join(", ");
    yield invalid(`${path}.metric`, `Expected one of ${names}, got ${rule.metric}`);
  } else if (!isDecidable(rule, metric)) {
    const range = `${metric.min ?? "-inf"} to ${metric.max ?? "inf"}`;
    const expected = `Expected a threshold in ${range} that some legal values meet and others do not`;
    yield invalid(`${path}.threshold`, `${expected}, got ${rule.op} ${rule.threshold}`);
  }
}

/** Some values of the metric's legal range meet the condition and some do not. */
function isDecidable({ op, threshold }: BreachRule, metric: Metric): boolean {
  const min = metric.min ?? Number.NEGATIVE_INFINITY;
  const max = metric.max ?? Number.POSITIVE_INFINITY;
  return op === ">=" ? min < threshold && threshold <= max : min <= threshold && threshold < max;
}

function* checkRuleDurations(rule: BreachRule, stepMs: number | undefined, path: string): Generator<Issue> {
  for (const key of ["for", "clear"] as const) {
    const ms = durationMs(rule[key]);
    if (ms === undefined) {
      yield invalid(`${path}.${key}`, `Expected a duration such as 5m, got ${rule[key]}`);
    } else if (stepMs !== undefined && ms % stepMs !== 0) {
      yield invalid(`${path}.${key}`, `Expected a multiple of the interval, got ${rule[key]}`);
    }
  }
}

function* checkUnique(values: string[], path: string): Generator<Issue> {
  const repeated = new Set(values.filter((value, i) => values.indexOf(value) !== i));
  for (const value of repeated) yield invalid(path, `Expected each value once, got ${value} again`);
}

/** The schema lets through durations of the right form that are zero or too long to count. */
function durationMs(text: string): number | undefined {
  try {
    return parseDuration(text, "contract");
  } catch (error) {
    if (error instanceof ForewarnError) return undefined;
    throw error;
  }
}

function invalid(path: string, message: string, code: ErrorCode = "contract_invalid"): Issue {
  return { code, path, message };
}
