// A mapping and its contract from what a database has, for a person to edit: which metrics matter, and from when on they
// are an incident, is nothing that a database knows.
import { type Contract, excludedColumnReason, type Metric } from "../../contract/index.ts";
import type { MappingInput } from "../mapping/document.ts";
import type { Candidate } from "./candidates.ts";

const TARGETS = 3;
const LONGEST_NAME = 63;
/** Gauges whose series are shares of one whole or alike, not parts of a sum. */
const INTENSIVE = /ratio|percent|pct|usage$|utili[sz]ation|temperature|celsius|seconds|latency|age|volts|hertz/;

/**
 * Makes the mapping of some candidates, of which there is at least one.
 * @param label The label that tells servers apart.
 * @param pattern How a server's name is read from it.
 */
export function genericMapping(candidates: readonly Candidate[], label: string, pattern: string): MappingInput {
  const names = new Map<string, Candidate>();
  for (const candidate of candidates) names.set(freeName(columnName(candidate), names), candidate);
  const gauges = [...names].filter(([, { kind }]) => kind === "gauge").map(([name]) => name);
  const targets = new Set((gauges.length > 0 ? gauges : [...names.keys()]).slice(0, TARGETS));
  const contract: Contract = {
    name: "discovered",
    version: "1.0",
    description: "Proposed from the series of a Prometheus.",
    interval: "5m",
    labels: [],
    state: null,
    metrics: [...names]
      .map(([name, candidate]) => metricOf(name, candidate, targets.has(name)))
      .sort((a, b) => Number(b.role === "target") - Number(a.role === "target")),
    texts: [],
    breachRules: [],
  };
  return {
    contract: contract as unknown as Record<string, unknown>,
    server: {
      label,
      pattern,
      present: candidates.map(({ name }) => `max by (${label}) (present_over_time(${name}[$interval]))`).join(" or "),
    },
    metrics: Object.fromEntries(
      contract.metrics.map(({ name }) => [name, { expression: expressionOf(names.get(name)!, label) }]),
    ),
  };
}

function expressionOf({ name, kind, seriesPerServer }: Candidate, label: string): string {
  const series = kind === "counter" ? `rate(${name}[$interval])` : `avg_over_time(${name}[$interval])`;
  const isMean = seriesPerServer > 1 && kind === "gauge" && INTENSIVE.test(name);
  return `${isMean ? "avg" : "sum"} by (${label}) (${series})`;
}

function metricOf(name: string, { name: source, kind, help, low, high }: Candidate, isTarget: boolean): Metric {
  const isShare = /_ratio$/.test(source) && low >= 0 && high <= 1;
  const isPercent = /percent|pct/.test(source) && low >= 0 && high <= 100;
  const min = low >= 0 ? 0 : null;
  const max = isShare ? 1 : isPercent ? 100 : null;
  return {
    name,
    unit: kind === "counter" ? `${unitOf(source)}/s` : isPercent ? "percent" : isShare ? "ratio" : unitOf(source),
    kind: "gauge",
    role: isTarget ? "target" : "observed",
    min,
    max,
    required: false,
    transform: !isTarget && min === 0 && max === null ? "log1p" : "identity",
    ...(help !== "" && { description: help }),
  };
}

function unitOf(source: string): string {
  return (
    /_(bytes|seconds|celsius|joules|watts|volts|requests|errors|packets|connections)(_total)?$/.exec(
      source.toLowerCase(),
    )?.[1] ?? "count"
  );
}

/** The name of a metric as a column of a contract. */
function columnName({ name, kind }: Candidate): string {
  const base = name
    .toLowerCase()
    .replace(/^[^a-z]+/, "")
    .replace(/_total$/, "");
  const column = kind === "counter" ? `${base.slice(0, LONGEST_NAME - 6)}_per_s` : base.slice(0, LONGEST_NAME);
  const isTaken =
    column === "" || ["timestamp", "server"].includes(column) || excludedColumnReason(column) !== undefined;
  return isTaken ? `metric_${column}`.slice(0, LONGEST_NAME) : column;
}

function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  for (let number = 1; ; number++) {
    const free = number === 1 ? name : `${name.slice(0, LONGEST_NAME - 4)}_${number}`;
    if (!taken.has(free)) return free;
  }
}
