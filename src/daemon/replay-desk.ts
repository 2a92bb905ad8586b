// "Would have fired" on demand: what was read of the stored forecasts is kept for the next question, since people move a
// threshold back and forth. One question at a time, in slices, so that ticks and requests go on.
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AlertRule,
  createThresholdReplay,
  type ReplayGrid,
  type ThresholdReplay,
  tooLittleToJudge,
  type WatchedEvent,
} from "../alert/index.ts";
import { ForewarnError, formatDuration } from "../base/index.ts";
import { type Contract, intervalMs } from "../contract/index.ts";
import type { ReplayAnswer, ReplayDesk, ReplayedThreshold, ReplayQuestion } from "../server/index.ts";
import type { LiveStore } from "../store/index.ts";
import { createBreather } from "./breather.ts";
import { contractEvents } from "./contract-events.ts";
import { incidentsOf } from "./replay-rules.ts";
import { readProbabilities, type StoredProbabilities } from "./stored-probabilities.ts";

/** What a desk needs. */
export interface ReplayDeskOptions {
  /** Of the forecast files. */
  directory: string;
  contract: Contract;
  store: Pick<LiveStore, "servers" | "series" | "history">;
  /** Length of the store's hot window. */
  windowMs: number;
  /** The alert rules in force. */
  rules: () => readonly AlertRule[];
  graceMs: number;
  usefulLeadMs: number;
  now: () => number;
}

/** A thousand servers every 5 minutes for a week, and some more: 75 MB. */
const MOST_FORECASTS = 2_500_000;
const MOST_WAITING = 4;
/** What was read is read anew after so long on the daemon's clock, and forgotten when nobody asked for so long. */
const FRESH_MS = 5 * 60_000;
const FORGET_MS = 10 * 60_000;
const MOST_CURVES = 8;
const EXAMPLES_OF_OUTCOME = 6;
/** Close where thresholds are usual; a hundred would take thrice as long and say no more. */
const THRESHOLDS = [
  ...[0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45],
  ...[0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99],
];

/** What was read for one event and span. */
interface Loaded {
  key: string;
  atMs: number;
  fromMs: number;
  toMs: number;
  event: WatchedEvent;
  stored: StoredProbabilities;
  grid: ReplayGrid;
  /** By place of the horizon. */
  replays: Map<number, ThresholdReplay>;
  curves: Map<string, readonly ReplayedThreshold[]>;
}

/** Makes a desk. */
export function createReplayDesk(options: ReplayDeskOptions): ReplayDesk & { close(): void } {
  const { contract, rules, now } = options;
  let loaded: Loaded | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let forgetting = new AbortController();

  const forgetLater = (): void => {
    forgetting.abort();
    forgetting = new AbortController();
    const { signal } = forgetting;
    sleep(FORGET_MS, undefined, { signal, ref: false }).then(
      () => {
        loaded = null;
      },
      () => undefined,
    );
  };
  const loadedFor = async ({ rule, spanMs }: ReplayQuestion): Promise<Loaded> => {
    const key = `${rule} ${spanMs}`;
    if (loaded?.key === key && Math.abs(now() - loaded.atMs) < FRESH_MS) return loaded;
    // Not both at once: they are large.
    loaded = null;
    loaded = await load(options, key, rule, spanMs);
    return loaded;
  };
  const answer = async (question: ReplayQuestion, signal: AbortSignal): Promise<ReplayAnswer> => {
    const of = await loadedFor(question);
    const { stored, grid, event, fromMs, toMs } = of;
    const forecasts = stored.models.reduce((sum, model) => sum + model.forecasts, 0);
    const incidents = grid.lanes.reduce((sum, lane) => sum + lane.incidents.length, 0);
    const spanMs = forecasts === 0 ? 0 : stored.ticksMs.at(-1)! - stored.ticksMs[0]!;
    const basis = {
      ...{ fromMs, toMs, event: event.text, withinMs: stored.withinMs, forecasts, models: stored.models, incidents },
      servers: { replayed: stored.lanes.length, known: stored.knownServers },
      tooLittle: tooLittleToJudge({ forecasts, spanMs, incidents }),
    };
    if (stored.withinMs.length === 0) {
      const tooLittle = forecasts === 0 ? basis.tooLittle : ["the stored forecasts say nothing about this rule"];
      return { ...basis, tooLittle, curve: [], inForce: [], chosen: null };
    }
    const { withinMs, forMs, clearForMs, clearShare } = question;
    if (!stored.withinMs.includes(withinMs)) {
      const known = stored.withinMs.map(formatDuration).join(", ");
      const got = formatDuration(withinMs);
      throw new ForewarnError("request_invalid", `within: Expected a horizon of the forecasts (${known}), got ${got}`);
    }
    const rule = { event, withinMs, forMs, clearForMs };
    const inForce = [];
    for (const own of rules()) {
      if (own.when !== "breach" || own.event.id !== event.id) continue;
      const { id, probability, clearProbability } = own;
      const isKnown = stored.withinMs.includes(own.withinMs);
      const replayed = isKnown ? await replay(of, own, { probability, clearProbability }, signal) : null;
      const { entries: _, ...scores } = replayed ?? { entries: [] };
      inForce.push({
        ...{ id, probability, clearProbability, withinMs: own.withinMs, forMs: own.forMs, clearForMs: own.clearForMs },
        scores: replayed === null ? null : (scores as Omit<typeof replayed, "entries">),
      });
    }
    return {
      ...basis,
      curve: await curveOf(of, rule, clearShare, signal),
      inForce,
      chosen: question.probability === null ? null : await examplesOf(of, rule, question, signal),
    };
  };

  return {
    async ask(question, signal) {
      if (!contract.breachRules.some(({ id }) => id === question.rule)) {
        const known = contract.breachRules.map(({ id }) => id).join(", ");
        throw new ForewarnError("request_invalid", `rule: Expected one of ${known || "nothing"}, got another`);
      }
      if (waiting >= MOST_WAITING) {
        throw new ForewarnError("overloaded", `replays: Expected at most ${MOST_WAITING} to wait, got one more`);
      }
      waiting++;
      const result = turn.then(() => {
        waiting--;
        signal.throwIfAborted();
        return answer(question, signal);
      });
      turn = result.catch(() => undefined);
      try {
        return await result;
      } finally {
        forgetLater();
      }
    },
    close() {
      forgetting.abort();
      loaded = null;
    },
  };
}

async function load(options: ReplayDeskOptions, key: string, rule: string, spanMs: number): Promise<Loaded> {
  const { directory, contract, graceMs, usefulLeadMs, now } = options;
  const toMs = now();
  const event = contractEvents(contract).find(({ id }) => id === rule)!;
  const range = { rule, fromMs: toMs - spanMs, toMs, mostForecasts: MOST_FORECASTS };
  const read = await readProbabilities(directory, range);
  // Before the first forecast nobody could be warned.
  const fromMs = read.ticksMs[0] ?? range.fromMs;
  const incidents = await incidentsOf(
    read.lanes.map(({ server }) => server),
    event,
    { contract, seriesOf: seriesReader(options, fromMs, toMs), fromMs },
  );
  const stored = { ...read, lanes: read.lanes.filter(({ server }) => incidents.has(server)) };
  const lanes = stored.lanes.map(({ server, originsMs }) => ({ server, originsMs, incidents: incidents.get(server)! }));
  const grid = {
    lanes,
    ticksMs: stored.ticksMs,
    untilMs: toMs,
    intervalMs: intervalMs(contract),
    graceMs,
    usefulLeadMs,
  };
  return { ...{ key, atMs: toMs, fromMs, toMs, event, stored, grid }, replays: new Map(), curves: new Map() };
}

/** Reads from the hot window when the span lies in it. */
function seriesReader({ store, windowMs, now }: ReplayDeskOptions, fromMs: number, toMs: number) {
  const known = new Set(store.servers().map(({ server }) => server));
  const isHot = fromMs >= now() - windowMs;
  return async (server: string, beginMs: number) => {
    if (!known.has(server)) return null;
    if (!isHot) return store.history(server, beginMs, toMs);
    return (await store.series([server], beginMs, toMs))[0] ?? null;
  };
}

async function replay(
  { stored, grid, replays }: Loaded,
  rule: Parameters<ThresholdReplay>[0],
  threshold: Parameters<ThresholdReplay>[1],
  signal: AbortSignal,
) {
  const horizon = stored.withinMs.indexOf(rule.withinMs);
  const columns = () => stored.lanes.map(({ probabilities }) => probabilities[horizon]!);
  const known = replays.get(horizon) ?? createThresholdReplay(grid, columns());
  replays.set(horizon, known);
  const breathe = createBreather();
  const pieces = known(rule, threshold);
  for (;;) {
    const piece = pieces.next();
    if (piece.done) return piece.value;
    await breathe();
    signal.throwIfAborted();
  }
}

async function curveOf(
  of: Loaded,
  rule: Parameters<ThresholdReplay>[0],
  clearShare: number,
  signal: AbortSignal,
): Promise<readonly ReplayedThreshold[]> {
  const { withinMs, forMs, clearForMs } = rule;
  const key = [withinMs, forMs, clearForMs, clearShare].join(" ");
  const known = of.curves.get(key);
  if (known !== undefined) return known;
  const curve: ReplayedThreshold[] = [];
  for (const probability of THRESHOLDS) {
    const threshold = { probability, clearProbability: clearShare * probability };
    const { entries: _, ...scores } = await replay(of, rule, threshold, signal);
    curve.push({ ...threshold, ...scores });
  }
  of.curves.set(key, curve);
  if (of.curves.size > MOST_CURVES) of.curves.delete(of.curves.keys().next().value!);
  return curve;
}

async function examplesOf(
  of: Loaded,
  rule: Parameters<ThresholdReplay>[0],
  { probability, clearShare }: ReplayQuestion,
  signal: AbortSignal,
) {
  const threshold = { probability: probability!, clearProbability: clearShare * probability! };
  const { entries, ...scores } = await replay(of, rule, threshold, signal);
  const timeOf = (entry: (typeof entries)[number]): number => entry.claim?.openedAtMs ?? entry.onsetMs!;
  const newest = entries.toSorted((a, b) => timeOf(b) - timeOf(a));
  const examples = (["confirmed", "expired", "missed"] as const)
    .flatMap((outcome) => newest.filter((entry) => entry.outcome === outcome).slice(0, EXAMPLES_OF_OUTCOME))
    .sort((a, b) => timeOf(b) - timeOf(a));
  return { ...threshold, ...scores, examples };
}
