// A client of the HTTP API that Prometheus, VictoriaMetrics, Mimir and Thanos answer alike.
import { createRng, ForewarnError, type Rng } from "../../base/index.ts";
import type { QueryRange } from "../../promql/index.ts";
import {
  type Envelope,
  notTheApi,
  readEnvelope,
  readLabelSets,
  readMetadata,
  readSeries,
  readTexts,
  readVersion,
  type SampleSeries,
} from "./answers.ts";
import { sendPersistently } from "./retry.ts";
import { httpTransport, type Transport, TransportError, type WireAnswer, type WireRequest } from "./transport.ts";

/** How a database is reached. */
export interface PrometheusClientOptions {
  /** What stands before `/api/v1`, without credentials. */
  url: string;
  /** Sent with every request: Authorization, X-Scope-OrgID, THANOS-TENANT. */
  headers?: Readonly<Record<string, string>>;
  transport?: Transport;
  /** Time for one answer, and for one connection. */
  timeoutMs?: number;
  connectTimeoutMs?: number;
  /** Largest answer, decompressed. */
  maxBytes?: number;
  /** Tries of a request that fails in a way that may pass. */
  attempts?: number;
  /** Epoch milliseconds. */
  now: () => number;
  wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  rng?: Rng;
  onRetry?: (reason: string, delayMs: number) => void;
  signal?: AbortSignal;
}

/** A database. Every call throws what {@link createPrometheusClient} names. */
export interface PrometheusClient {
  /** Its URL, without a trailing slash. */
  readonly url: string;
  /** Series with a value at an instant, or with the samples of a range where the query is a range selector. */
  query(query: string, timeMs: number): Promise<SampleSeries[]>;
  /** Series with their values at the steps of a range. */
  queryRange(query: string, range: QueryRange): Promise<SampleSeries[]>;
  /** Label sets of the series that a selector finds in a time. */
  series(selector: string, startMs: number, endMs: number): Promise<Record<string, string>[]>;
  labelNames(startMs: number, endMs: number): Promise<string[]>;
  labelValues(name: string, startMs: number, endMs: number): Promise<string[]>;
  /** What scrapes said about metrics; empty where a database keeps nothing of it. */
  metadata(): Promise<ReturnType<typeof readMetadata>>;
  /** The version that it names; empty where it names none. */
  version(): Promise<string>;
  /** What it warned of so far, each once: partial answers, annotations. */
  warnings(): readonly string[];
}

const DEFAULTS = { timeoutMs: 60_000, connectTimeoutMs: 10_000, maxBytes: 64 * 2 ** 20, attempts: 5 };
const MOST_WARNINGS = 20;

/**
 * VictoriaMetrics moves the ends of a range and rewrites the last seconds unless told not to; the cluster versions leave
 * out what does not answer unless told not to. Others ignore what they do not know.
 */
const EXACT = { nocache: "1", latency_offset: "0s", deny_partial_response: "1", partial_response: "false" };

/**
 * Makes the client of one database.
 *
 * Its calls throw ForewarnError: `prometheus_unavailable` when there is no answer, or 5xx and 429 on every try;
 * `prometheus_failed` for a query that is too much for the database or whose answer is too large or too slow for us, so
 * that a smaller one may pass; `prometheus_refused` for every other 4xx; `prometheus_invalid` for what is not this API.
 */
export function createPrometheusClient(options: PrometheusClientOptions): PrometheusClient {
  const { transport = httpTransport(), rng = createRng(1), onRetry = () => {} } = options;
  const url = options.url.replace(/\/+$/, "").replace(/\/api\/v1$/, "");
  const retry = { transport, rng, onRetry, now: options.now, wait: options.wait, attempts: DEFAULTS.attempts };
  if (options.attempts !== undefined) retry.attempts = options.attempts;
  const warnings = new Set<string>();

  const call = async (method: "GET" | "POST", path: string, fields: readonly [string, string][]): Promise<unknown> => {
    const where = `${url}/api/v1/${path}`;
    const form = new URLSearchParams([...fields]).toString();
    const request: WireRequest = {
      method,
      url: method === "GET" && form !== "" ? `${where}?${form}` : where,
      headers: options.headers ?? {},
      body: method === "POST" ? form : null,
      connectTimeoutMs: options.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs,
      timeoutMs: options.timeoutMs ?? DEFAULTS.timeoutMs,
      maxBytes: options.maxBytes ?? DEFAULTS.maxBytes,
      signal: options.signal,
    };
    const answer = await sendPersistently(request, isQueryTimeout, retry).catch((error: unknown) => {
      throw noAnswer(where, error, retry.attempts);
    });
    const envelope = readEnvelope(answer.text);
    if (answer.status < 200 || answer.status >= 300 || envelope?.status === "error") {
      throw refusal(where, answer, envelope);
    }
    if (envelope === null) throw notTheApi(where, "an answer of Prometheus' HTTP API");
    for (const warning of envelope.warnings) if (warnings.size < MOST_WARNINGS) warnings.add(warning);
    return envelope.data;
  };
  const during = (startMs: number, endMs: number): [string, string][] => [
    ["start", seconds(startMs)],
    ["end", seconds(endMs)],
  ];
  const exact = Object.entries(EXACT);

  return {
    url,
    query: async (query, timeMs) =>
      readSeries(await call("POST", "query", [["query", query], ["time", seconds(timeMs)], ...exact]), `${url} query`),
    queryRange: async (query, { startMs, endMs, stepMs }) => {
      const fields: [string, string][] = [["query", query], ...during(startMs, endMs), ["step", seconds(stepMs)]];
      return readSeries(await call("POST", "query_range", [...fields, ...exact]), `${url} query_range`);
    },
    series: async (selector, startMs, endMs) =>
      readLabelSets(await call("POST", "series", [["match[]", selector], ...during(startMs, endMs)]), `${url} series`),
    labelNames: async (startMs, endMs) =>
      readTexts(await call("GET", "labels", during(startMs, endMs)), `${url} labels`),
    labelValues: async (name, startMs, endMs) =>
      readTexts(await call("GET", `label/${encodeURIComponent(name)}/values`, during(startMs, endMs)), `${url} values`),
    metadata: () => optional(async () => readMetadata(await call("GET", "metadata", []), `${url} metadata`), new Map()),
    version: () => optional(async () => readVersion(await call("GET", "status/buildinfo", [])), ""),
    warnings: () => [...warnings],
  };
}

/** What a database need not have: whoever refuses this path may answer all the others. */
async function optional<Result>(ask: () => Promise<Result>, otherwise: Result): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    const isAbsent = error instanceof ForewarnError && /^prometheus_(refused|invalid)$/.test(error.code);
    if (isAbsent) return otherwise;
    throw error;
  }
}

/** The API's seconds with decimals, of which milliseconds are exact. */
function seconds(timeMs: number): string {
  return String(timeMs / 1000);
}

/** A query that took too long is answered by 503, and would take as long again. */
function isQueryTimeout(answer: WireAnswer): boolean {
  return answer.status === 503 && ["timeout", "canceled"].includes(readEnvelope(answer.text)?.errorType ?? "");
}

function noAnswer(where: string, error: unknown, attempts: number): unknown {
  if (!(error instanceof TransportError)) return error;
  if (error.kind === "network") {
    return new ForewarnError(
      "prometheus_unavailable",
      `${where}: Expected an answer, got ${error.message} (${attempts} tries)`,
      { cause: error, hint: "check that the database runs there, and that this machine may reach it" },
    );
  }
  return new ForewarnError("prometheus_failed", `${where}: Expected an answer, got ${error.message}`, { cause: error });
}

function refusal(where: string, answer: WireAnswer, envelope: Envelope | null): ForewarnError {
  const { status, location } = answer;
  const said = envelope === null || envelope.error === "" ? "" : `: ${envelope.error}`;
  const message = `${where}: Expected an answer, got status ${status}${said}`;
  if (status === 401 || status === 403) {
    return new ForewarnError("prometheus_refused", message, {
      hint: "give a token with --token-file, or --user with FOREWARN_PROMETHEUS_PASSWORD",
    });
  }
  if (status >= 300 && status < 400) {
    return new ForewarnError("prometheus_refused", message, {
      hint: `it points to ${location ?? "nowhere"}; use that URL`,
    });
  }
  if (status === 404 && envelope === null) return notTheApi(`${where} (404)`, "Prometheus' HTTP API");
  if (status === 422 || isQueryTimeout(answer)) return new ForewarnError("prometheus_failed", message);
  if (status >= 500 || status === 429) return new ForewarnError("prometheus_unavailable", message);
  return new ForewarnError("prometheus_refused", message);
}
