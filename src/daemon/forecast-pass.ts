// One pass over the fleet: windows from the store, a batch at a time, through the network, to records. Servers that
// cannot be forecast are listed with the reason; nothing is guessed for them.
import { ForewarnError } from "../base/index.ts";
import { type InputSpec, prepareSeries } from "../dataset/index.ts";
import type { ForecastRecord } from "../evaluate/index.ts";
import { chooseOrigin, type Forecaster, type RawForecast } from "../forecast/index.ts";
import type { RefusedServer, ServedForecast } from "../server/index.ts";
import type { LiveStore, Series } from "../store/index.ts";
import type { Breather } from "./breather.ts";
import { withDeadline } from "./deadline.ts";
import { type ForecastWindow, forecastRecord } from "./forecast-record.ts";

/** What a pass reads and calls. */
export interface PassOptions {
  store: LiveStore;
  /** Null without a model: then the series are only visited. */
  forecaster: Forecaster | null;
  /** Servers that go through the network together. */
  batchSize: number;
  /** The forecast reads what was measured before this time. */
  boundaryMs: number;
  issuedAtMs: number;
  /** Ends the pass between two batches: its result is not whole then. */
  signal: AbortSignal;
  breathe: Breather;
  /** Called with every series up to the boundary, for scores and incidents. */
  visit: (series: Series) => void;
  /** Whether it is worth the time to ask what the network read. */
  isExplained: (record: ForecastRecord) => boolean;
  /** Called for a batch that the network could not forecast; its servers get no new forecast. */
  onBatchError: (error: Error, servers: readonly string[]) => void;
}

/** What a pass gives. */
export interface PassResult {
  forecasts: ServedForecast[];
  refused: RefusedServer[];
  /** Servers of failed batches: what they had before keeps its age. */
  failed: string[];
  /** How many forecasts were explained. */
  explained: number;
  /** The network's worker thread died or hangs: it was not asked again. */
  isBroken: boolean;
}

/** Most forecasts explained in a pass: each runs the network once more, alone. */
const MOST_EXPLAINED = 32;

/** Servers that are read from the store together: each reading is a query, and most of its time does not depend on them. */
const READ_SERVERS = 128;

/** Runs a pass over all servers of the store. @throws What the store throws. */
export async function forecastPass(options: PassOptions): Promise<PassResult> {
  const { store, forecaster, batchSize, boundaryMs, signal, breathe, visit } = options;
  const result: PassResult = { forecasts: [], refused: [], failed: [], explained: 0, isBroken: false };
  const names = store.servers().map(({ server }) => server);
  /** While the network is busy with one batch, the next one is read and prepared. */
  let busy: Promise<void> = Promise.resolve();
  let windows: ForecastWindow[] = [];
  const forecastThem = async (): Promise<void> => {
    const batch = windows;
    windows = [];
    await busy;
    if (forecaster && batch.length > 0) busy = forecastBatch(forecaster, batch, options, result);
    // Its error is thrown by the next wait for it.
    busy.catch(() => undefined);
  };
  const readFrom = (start: number): Promise<Series[]> => {
    const reading = readSeries(store, names.slice(start, start + READ_SERVERS), boundaryMs);
    // Its error is thrown by the wait for it.
    reading.catch(() => undefined);
    return reading;
  };
  /** While one group is prepared and forecast, the next one is read: at a start all of it comes from the disk. */
  let ahead = readFrom(0);
  for (let start = 0; start < names.length && !signal.aborted; start += READ_SERVERS) {
    const group = await ahead;
    ahead = readFrom(start + READ_SERVERS);
    for (const series of group) {
      visit(series);
      const window = forecaster && openWindow(forecaster.model.config.inputs, series, boundaryMs);
      if (window && "code" in window) result.refused.push(window);
      else if (window) windows.push(window);
      if (windows.length === batchSize) await forecastThem();
      if (signal.aborted) break;
      await breathe();
    }
  }
  await forecastThem();
  await busy;
  return result;
}

/** Servers may be forgotten by the store between the listing and the reading. */
async function readSeries(store: LiveStore, names: readonly string[], boundaryMs: number): Promise<Series[]> {
  try {
    return await store.series(names, undefined, boundaryMs);
  } catch (error) {
    if (!(error instanceof ForewarnError) || error.code !== "server_unknown") throw error;
    const known = new Set(store.servers().map(({ server }) => server));
    return store.series(
      names.filter((name) => known.has(name)),
      undefined,
      boundaryMs,
    );
  }
}

/** The window of a series at the boundary, or why there is none. */
function openWindow(inputs: InputSpec, series: Series, boundaryMs: number): ForecastWindow | RefusedServer {
  const prepared = prepareSeries(inputs, series);
  try {
    return { series, prepared, origin: chooseOrigin(inputs, prepared, boundaryMs) };
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error;
    const { code, message } = error;
    const lacks = code === "insufficient_data";
    const has = Math.min(inputs.contextSteps, prepared.observedBefore[prepared.steps] ?? 0);
    return { server: series.server, code, message, historySteps: lacks ? { has, needs: inputs.contextSteps } : null };
  }
}

/** A batch takes a fraction of a second; one that takes so long hangs. */
const BATCH_DEADLINE_MS = 60_000;

async function forecastBatch(
  forecaster: Forecaster,
  windows: readonly ForecastWindow[],
  { issuedAtMs, breathe, isExplained, onBatchError }: PassOptions,
  result: PassResult,
): Promise<void> {
  const servers = windows.map(({ series }) => series.server);
  if (result.isBroken) {
    result.failed.push(...servers);
    return;
  }
  let raw: RawForecast[];
  try {
    raw = await withDeadline(forecaster.forecast(windows), BATCH_DEADLINE_MS);
  } catch (error) {
    // Numbers that are not finite, or a broken worker thread: no part of the batch is used.
    result.isBroken = !(error instanceof ForewarnError);
    result.failed.push(...servers);
    onBatchError(error as Error, servers);
    return;
  }
  for (const [index, window] of windows.entries()) {
    const record = forecastRecord(forecaster.model, window, raw[index]!, issuedAtMs);
    const forecast: ServedForecast = { record, dataMs: record.originMs - record.intervalMs };
    if (result.explained < MOST_EXPLAINED && isExplained(record)) {
      result.explained += 1;
      try {
        const { past } = await withDeadline(forecaster.explain(window), BATCH_DEADLINE_MS);
        forecast.variableWeights = past.map(({ variable, share }) => [variable, share]);
      } catch (error) {
        // The forecast stands without its explanation.
        onBatchError(error as Error, [record.server]);
      }
    }
    result.forecasts.push(forecast);
    await breathe();
  }
}
