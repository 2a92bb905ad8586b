// A scoreboard as plain JSON and back: what the daemon writes before it stops.
import { canonicalJson, ForewarnError } from "../../base/index.ts";
import type { ForecastRecord } from "../forecast-record.ts";
import type { LedgerEntry } from "./claims.ts";
import type { ScoreboardLayout, ScoreboardOptions } from "./options.ts";
import type { RuleTrack } from "./rule-track.ts";
import { emptyScoreTables, type ScoreTablesState } from "./score-tables.ts";
import { addOpen, type OpenClaim, type OpenForecast, openForecast, type ServerTrack } from "./server-track.ts";

/** Everything a scoreboard knows: plain JSON. Arrays of forecasts are base64 of little-endian float32. */
export interface ScoreboardState {
  formatVersion: 1;
  contractHash: string;
  options: ScoreboardOptions;
  /** The clock when it was last advanced. */
  nowMs: number;
  scores: ScoreTablesState;
  /** Oldest first. */
  ledger: LedgerEntry[];
  servers: [name: string, ServerState][];
}

/** A {@link ServerTrack} as plain JSON. */
export interface ServerState {
  /** In the order of their arrival. */
  open: OpenForecastState[];
  pending: [metric: string, values: [step: number, value: number][]][];
  rules: RuleTrack[];
  claims: (OpenClaim | null)[];
}

interface OpenForecastState {
  record: Omit<ForecastRecord, "targets"> & {
    targets: { metric: string; quantiles: string; scale: number | null }[];
  };
  truth: string[];
  starts: readonly RuleTrack[];
}

/** A scoreboard that knows nothing but its clock. */
export function startState({ shape, options }: ScoreboardLayout, nowMs: number): ScoreboardState {
  const { contractHash } = shape;
  return { formatVersion: 1, contractHash, options, nowMs, scores: emptyScoreTables(), ledger: [], servers: [] };
}

/**
 * Checks that a state belongs to this contract and these options.
 * @throws ForewarnError `checkpoint_invalid`.
 */
export function checkScoreboardState({ shape, options }: ScoreboardLayout, state: ScoreboardState): void {
  const expected = { formatVersion: 1, contractHash: shape.contractHash, options };
  for (const [field, value] of Object.entries(expected)) {
    const [want, got] = [value, state[field as keyof typeof expected]].map((item) => canonicalJson(item ?? null));
    if (want === got) continue;
    throw new ForewarnError("checkpoint_invalid", `scoreboard state: Expected ${field} ${want}, got ${got}`, {
      hint: "start a new scoreboard, or go back to the settings that this one was made with",
    });
  }
}

/** A server as plain JSON. */
export function serverState({ open, pending, rules, claims }: ServerTrack): ServerState {
  return {
    open: [...open.values()].flat().map(({ record, truth, starts }) => ({
      record: {
        ...record,
        targets: record.targets.map(({ metric, quantiles, scale }) => ({
          metric,
          quantiles: encodeFloats(quantiles),
          scale: Number.isNaN(scale) ? null : scale,
        })),
      },
      truth: truth.map(encodeFloats),
      starts,
    })),
    pending: [...pending].map(([metric, values]) => [metric, [...values]]),
    rules: structuredClone(rules),
    claims: structuredClone(claims),
  };
}

/** The server of which {@link serverState} made `state`. */
export function restoreServer(layout: ScoreboardLayout, state: ServerState): ServerTrack {
  const open = new Map<number, OpenForecast[]>();
  for (const { record: stored, truth, starts } of state.open) {
    const targets = stored.targets.map(({ metric, quantiles, scale }) => ({
      metric,
      quantiles: decodeFloats(quantiles),
      scale: scale ?? Number.NaN,
    }));
    const forecast = openForecast(layout, { ...stored, targets });
    addOpen(layout, open, { ...forecast, truth: truth.map(decodeFloats), starts });
  }
  const pending = new Map(state.pending.map(([metric, values]) => [metric, new Map(values)]));
  return { open, pending, rules: structuredClone(state.rules), claims: structuredClone(state.claims) };
}

function encodeFloats({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function decodeFloats(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);
}
