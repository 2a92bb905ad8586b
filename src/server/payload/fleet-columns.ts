// The whole fleet in columns: typed arrays in a safetensors file, which the page reads without parsing a number, and
// every safetensors reader too.
import { phaseOf } from "../../alert/index.ts";
import { encodeSafetensors, type Tensor, type TensorData } from "../../artifact/index.ts";
import { currentForecasts } from "../served.ts";
import type { RefusedServer, ServedForecast, Services } from "../services.ts";

/** Media type of the columns. */
export const COLUMNS_TYPE = "application/vnd.forewarn.fleet+safetensors";

/** Stands for "none" in every column of codes, probabilities and steps. */
const NONE = -1;

/** What the numbers of the columns mean; `metadata.head` of the file is this as JSON. */
export interface FleetHead {
  /** The daemon's time, epoch milliseconds. */
  nowMs: number;
  /** Null without a model: then there is no column of probabilities. */
  modelId: string | null;
  issuedAtMs: number | null;
  /** Columns of `labels`, with the values that their codes stand for. */
  labels: { name: string; values: string[] }[];
  /** Breach rules and horizons of `probabilities`. */
  rules: string[];
  withinMs: number[];
  /** Alert rules of `incidents`. */
  alertRules: string[];
  /** Reasons that the codes of `refusal` stand for. */
  refusals: string[];
}

/**
 * Encodes all servers of the hot window, in the order of their names: `names` U8 (a JSON list in UTF-8), `last_seen_ms` and
 * `data_ms` F64 `[servers]`, `labels` I32 `[servers, labels]`, `refusal` I32 `[servers]`, `history_steps` I32
 * `[servers, 2]` (has, needs), `incidents` U8 `[servers, alertRules]`, and with a model `probabilities` F32
 * `[servers, rules, horizons]`. What is not known is -1.
 */
export function fleetColumns(services: Services): Uint8Array<ArrayBuffer> {
  const { store, contract, models, forecasts } = services;
  const servers = store.servers();
  const names = servers.map(({ server }) => server);
  const places = new Map(names.map((name, at) => [name, at]));
  const modelId = models.serving()?.modelId ?? null;
  const tensors = new Map<string, Tensor>();
  const add = (name: string, dtype: Tensor["dtype"], shape: number[], data: TensorData) =>
    tensors.set(name, { dtype, shape, data });
  const text = new TextEncoder().encode(JSON.stringify(names));
  add("names", "U8", [text.length], text);
  add(
    "last_seen_ms",
    "F64",
    [names.length],
    Float64Array.from(servers, ({ lastMs }) => lastMs),
  );

  const labels = contract.labels.map(({ name }) => encodeValues(servers.map((server) => server.labels[name] ?? null)));
  const codes = new Int32Array(names.length * labels.length);
  for (const [column, { codes: own }] of labels.entries()) {
    for (let at = 0; at < own.length; at++) codes[at * labels.length + column] = own[at]!;
  }
  add("labels", "I32", [names.length, labels.length], codes);

  const refused = refusalColumns(forecasts.refused(), places);
  add("refusal", "I32", [names.length], refused.codes);
  add("history_steps", "I32", [names.length, 2], refused.steps);

  const incidents = incidentColumns(services, places);
  add("incidents", "U8", [names.length, incidents.alertRules.length], incidents.flags);

  const predicted = predictionColumns(currentForecasts(services), places);
  add("data_ms", "F64", [names.length], predicted.dataMs);
  if (modelId !== null) {
    const { rules, withinMs, probabilities } = predicted;
    add("probabilities", "F32", [names.length, rules.length, withinMs.length], probabilities);
  }
  const head: FleetHead = {
    ...{ nowMs: services.now(), modelId, rules: predicted.rules, withinMs: predicted.withinMs },
    issuedAtMs: modelId === null ? null : (forecasts.lastTick()?.issuedAtMs ?? null),
    labels: contract.labels.map(({ name }, column) => ({ name, values: labels[column]!.values })),
    ...{ alertRules: incidents.alertRules, refusals: refused.values },
  };
  return encodeSafetensors(tensors, { head: JSON.stringify(head) });
}

/** Distinct values in the order of their first use, and a code each. */
function encodeValues(column: readonly (string | null)[]): { values: string[]; codes: Int32Array } {
  const known = new Map<string, number>();
  const codes = Int32Array.from(column, (value) => {
    if (value === null) return NONE;
    if (!known.has(value)) known.set(value, known.size);
    return known.get(value)!;
  });
  return { values: [...known.keys()], codes };
}

function refusalColumns(refused: readonly RefusedServer[], places: ReadonlyMap<string, number>) {
  const all: (string | null)[] = new Array(places.size).fill(null);
  const steps = new Int32Array(2 * places.size).fill(NONE);
  for (const { server, code, historySteps } of refused) {
    const at = places.get(server);
    if (at === undefined) continue;
    all[at] = code;
    if (historySteps !== null) steps.set([historySteps.has, historySteps.needs], 2 * at);
  }
  return { ...encodeValues(all), steps };
}

/** 1 where an alert says that a server is in an incident now. */
function incidentColumns({ alerts }: Services, places: ReadonlyMap<string, number>) {
  const confirmed = alerts.book.alerts().filter(({ track }) => phaseOf(track) === "confirmed");
  const alertRules = [...new Set(confirmed.map(({ rule }) => rule))].sort();
  const flags = new Uint8Array(places.size * alertRules.length);
  for (const { rule, server } of confirmed) {
    const at = places.get(server);
    if (at !== undefined) flags[at * alertRules.length + alertRules.indexOf(rule)] = 1;
  }
  return { alertRules, flags };
}

/** Rules and horizons are those of the first forecast; one of another model than the first has none here. */
function predictionColumns(served: readonly ServedForecast[], places: ReadonlyMap<string, number>) {
  const first = served[0]?.record;
  const rules = first?.breaches.map(({ rule }) => rule) ?? [];
  const withinMs = first?.breaches[0]?.withinSteps.map((steps) => steps * first.intervalMs) ?? [];
  const width = rules.length * withinMs.length;
  const probabilities = new Float32Array(places.size * width).fill(NONE);
  const dataMs = new Float64Array(places.size).fill(NONE);
  for (const { record, dataMs: ownMs } of served) {
    const at = places.get(record.server);
    if (at === undefined || record.modelId !== first!.modelId) continue;
    dataMs[at] = ownMs;
    for (const [place, breach] of record.breaches.entries()) {
      probabilities.set(breach.probabilities, at * width + place * withinMs.length);
    }
  }
  return { rules, withinMs, probabilities, dataMs };
}
