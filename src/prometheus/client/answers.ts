// The answers of the Prometheus HTTP API: the envelope, and the data of each kind. Large answers hold millions of points,
// so they are checked by hand while they are read.
import { ForewarnError } from "../../base/index.ts";
import { parseValue } from "../value.ts";
import { liftPoints, Points } from "./points.ts";

/** Labels and samples of one series. */
export interface SampleSeries {
  labels: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  timesMs: Float64Array;
  values: Float64Array;
}

/** What stands around the data. */
export interface Envelope {
  status: "success" | "error";
  data: unknown;
  errorType: string;
  error: string;
  warnings: readonly string[];
}

/** Reads the envelope of an answer; null if it is none. */
export function readEnvelope(text: string): Envelope | null {
  let parsed: unknown;
  const lifted = liftPoints(text);
  try {
    parsed = JSON.parse(lifted.text);
  } catch {
    return null; // whatever it is, it is not the API's
  }
  if (!isRecord(parsed)) return null;
  putBack(parsed["data"], lifted.points);
  const { status, data, errorType, error, warnings, isPartial } = parsed;
  if (status !== "success" && status !== "error") return null;
  return {
    status,
    data,
    errorType: typeof errorType === "string" ? errorType : "",
    error: typeof error === "string" ? error : "",
    warnings: [
      ...(Array.isArray(warnings) ? warnings.map(String) : []),
      ...(isPartial === true ? ["the answer is partial: some storage nodes did not answer"] : []),
    ],
  };
}

/** Puts samples where the numbers of their lists stand. */
function putBack(data: unknown, points: readonly Points[]): void {
  if (points.length === 0 || !isRecord(data) || !Array.isArray(data["result"])) return;
  for (const item of data["result"] as unknown[]) {
    if (isRecord(item) && typeof item["values"] === "number") item["values"] = points[item["values"]];
  }
}

/** Series of a vector or a matrix; a scalar is one without labels. */
export function readSeries(data: unknown, where: string): SampleSeries[] {
  const { resultType, result } = isRecord(data) ? data : {};
  if (!Array.isArray(result)) throw notTheApi(where, "a query's result");
  if (resultType === "scalar") return [seriesOf({}, [result], where)];
  if (resultType !== "vector" && resultType !== "matrix") throw notTheApi(where, "a vector or a matrix");
  return result.map((item: unknown) => {
    const { metric, value, values } = isRecord(item) ? item : {};
    if (!isTexts(metric)) throw notTheApi(where, "labels of texts");
    if (values instanceof Points) return { labels: metric, timesMs: values.timesMs, values: values.values };
    // Native histograms come as `histogram` instead; they have no value.
    const points = value === undefined ? (values ?? []) : [value];
    if (!Array.isArray(points)) throw notTheApi(where, "a list of samples");
    return seriesOf(metric, points, where);
  });
}

function seriesOf(labels: Record<string, string>, points: readonly unknown[], where: string): SampleSeries {
  const timesMs = new Float64Array(points.length);
  const values = new Float64Array(points.length);
  for (let i = 0; i < points.length; i++) {
    const point = points[i];
    if (!Array.isArray(point) || typeof point[0] !== "number" || typeof point[1] !== "string") {
      throw notTheApi(where, "samples of a time and a text");
    }
    timesMs[i] = Math.round(point[0] * 1000);
    values[i] = parseValue(point[1]);
  }
  return { labels, timesMs, values };
}

/** A list of texts: names of labels or metrics, values of a label. */
export function readTexts(data: unknown, where: string): string[] {
  // Some databases answer null for none.
  if (data === null) return [];
  if (Array.isArray(data) && data.every((item) => typeof item === "string")) return data;
  throw notTheApi(where, "a list of texts");
}

/** A list of label sets. */
export function readLabelSets(data: unknown, where: string): Record<string, string>[] {
  if (data === null) return [];
  if (Array.isArray(data) && data.every(isTexts)) return data;
  throw notTheApi(where, "a list of label sets");
}

/** Type, help and unit of a metric, by name; the first of those that targets disagree on. */
export function readMetadata(data: unknown, where: string): Map<string, { type: string; help: string; unit: string }> {
  if (data === null) return new Map();
  if (!isRecord(data)) throw notTheApi(where, "metadata by name");
  const entries = Object.entries(data).map(([name, list]) => {
    const first: unknown = Array.isArray(list) ? list[0] : undefined;
    const { type, help, unit } = isRecord(first) ? first : {};
    const text = (value: unknown) => (typeof value === "string" ? value : "");
    return [name, { type: text(type), help: text(help), unit: text(unit) }] as const;
  });
  return new Map(entries);
}

/** The version of a database, empty if it does not say. */
export function readVersion(data: unknown): string {
  const { version } = isRecord(data) ? data : {};
  return typeof version === "string" ? version : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === "string");
}

/** An answer that this API does not give. */
export function notTheApi(where: string, expected: string): ForewarnError {
  return new ForewarnError("prometheus_invalid", `${where}: Expected ${expected}, got something else`, {
    hint: "check the URL: it is what stands before /api/v1, as http://localhost:9090 or http://vm:8481/select/0/prometheus",
  });
}
