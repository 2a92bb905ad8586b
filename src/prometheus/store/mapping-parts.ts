// A mapping that is asked in parts of servers: small enough for the limits of databases on a query's length.
import { ForewarnError } from "../../base/index.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { type NarrowedExpression, narrowExpression } from "./narrow.ts";

/** A mapping and how it is asked for some of its servers. */
export interface MappingParts {
  /** Whether a part costs the database a part only; otherwise it computes the fleet for every question. */
  isDivisible: boolean;
  /** The mapping for the servers that these values of the server label stand for. */
  part(values: readonly string[]): Mapping;
  /** Splits values into those of one query each. */
  chunks(values: readonly string[]): string[][];
  /** The server that a value stands for; null if it stands for none. */
  serverOf(value: string): string | null;
}

/**
 * Servers of a query. VictoriaMetrics looks up the alternatives of a matcher one by one, so that more of them save little,
 * and an answer of a week's window at five minutes stays at some megabytes.
 */
export const PART_SERVERS = 100;
/** VictoriaMetrics refuses queries of more than 16 KiB (`-search.maxQueryLen`). */
const LONGEST_QUERY_BYTES = 16_000;

/** Prepares a mapping. */
export function mappingParts(mapping: Mapping, partServers = PART_SERVERS): MappingParts {
  const texts = [
    ...mapping.metrics.map(({ expression }) => expression),
    ...mapping.labels.map(({ expression }) => expression),
    ...(mapping.present === null ? [] : [mapping.present]),
  ];
  const narrowed = new Map(texts.map((text) => [text, narrowExpression(text, mapping.serverLabel)]));
  const isDivisible = [...narrowed.values()].every((expression) => expression !== null);
  const chosen = (text: string, values: readonly string[]): string =>
    (isDivisible ? (narrowed.get(text) as NarrowedExpression) : among(text, mapping.serverLabel))(values);
  const isShort = (values: readonly string[]): boolean =>
    texts.every((text) => Buffer.byteLength(chosen(text, values)) <= LONGEST_QUERY_BYTES);
  const halves = (values: readonly string[]): string[][] => {
    if (isShort(values)) return [[...values]];
    if (values.length === 1) throw tooLong(mapping, values[0]!);
    const half = Math.ceil(values.length / 2);
    return [...halves(values.slice(0, half)), ...halves(values.slice(half))];
  };
  return {
    isDivisible,
    part: (values) => ({
      ...mapping,
      metrics: mapping.metrics.map((one) => ({ ...one, expression: chosen(one.expression, values) })),
      labels: mapping.labels.map((one) => ({ ...one, expression: chosen(one.expression, values) })),
      present: mapping.present && chosen(mapping.present, values),
    }),
    chunks: (values) =>
      Array.from({ length: Math.ceil(values.length / partServers) }, (_, i) =>
        halves(values.slice(i * partServers, (i + 1) * partServers)),
      ).flat(),
    serverOf: (value) => mapping.serverPattern.exec(value)?.[1] || null,
  };
}

/** Takes servers out of a result whose label is made by the expression itself. */
function among(expression: string, label: string): NarrowedExpression {
  const named = (value: string): string =>
    `label_replace(vector(1), ${JSON.stringify(label)}, ${JSON.stringify(value.replaceAll("$", "$$$$"))}, "", "")`;
  return (values) => `(${expression}) and on (${label}) (${values.map(named).join(" or ")})`;
}

function tooLong({ name }: Mapping, value: string): ForewarnError {
  return new ForewarnError(
    "mapping_invalid",
    `${name}: Expected expressions of at most ${LONGEST_QUERY_BYTES} bytes, got more for ${JSON.stringify(value)}`,
  );
}
