// The scoreboard of the daemon: which forecasts are scored, what is observed of the newest values, and its checkpoint.
import { renameSync } from "node:fs";
import type { AlertRule } from "../alert/index.ts";
import type { ModelDirectory } from "../artifact/index.ts";
import { canonicalJson, ForewarnError } from "../base/index.ts";
import { type Contract, intervalMs } from "../contract/index.ts";
import {
  createScoreboard,
  type ForecastRecord,
  type LedgerEntry,
  restoreScoreboard,
  type Scoreboard,
  type ScoreboardOptions,
  type ScoreboardState,
} from "../evaluate/index.ts";
import type { Series } from "../store/index.ts";
import { readLines, writeLines } from "./durable-lines.ts";
import { createScoreSampling } from "./score-sampling.ts";

/** What a desk needs. */
export interface ScoreDeskOptions {
  file: string;
  contract: Contract;
  everyMs: number;
  /** Forecasts that may be open at a time. */
  openForecasts: number;
  graceMs: number;
  usefulLeadMs: number;
  now: () => number;
  /** Reads the forecasts with quantiles that were issued in [fromMs, toMs), oldest first. */
  readForecasts: (fromMs: number, toMs: number) => Promise<ForecastRecord[]>;
  /** Called when scores could not be gone on with. */
  onReset: (message: string) => void;
}

/** See {@link openScoreDesk}. */
export interface ScoreDesk {
  board(): Scoreboard;
  /** Goes on with the scores that fit this model and these rules; otherwise starts new ones. */
  use(model: ModelDirectory | null, rules: readonly AlertRule[]): void;
  /** Whether the forecast of a server at this boundary is scored, and its quantiles stored. */
  isScored(server: string, boundaryMs: number, servers: number): boolean;
  /** Takes the newest values of a server. */
  visit(series: Series, boundaryMs: number): void;
  /** Ends a tick: takes the scored forecasts, sets the clock. @returns What was closed, and how many could not be taken. */
  advance(boundaryMs: number, records: readonly ForecastRecord[]): { closed: LedgerEntry[]; refused: number };
  /** Saves the scores. @throws ForewarnError `disk_full`, `path_not_writable`. */
  checkpoint(): Promise<void>;
}

/** Leads and levels before the first model. */
const LEADS_MS = [0.5, 1, 2, 4, 8].map((hours) => hours * 3_600_000);
const LEVELS = [0.1, 0.5, 0.9];
/** Labels with more values would divide the scores too finely. */
const MOST_LABEL_VALUES = 20;
const LEDGER_ENTRIES = 2000;

/**
 * Opens the scores of a data directory and brings them up to date: forecasts that were stored after the checkpoint are
 * taken again, and the first tick observes everything since.
 */
export async function openScoreDesk(
  desk: ScoreDeskOptions,
  model: ModelDirectory | null,
  rules: readonly AlertRule[],
): Promise<ScoreDesk> {
  const { contract, file, now, onReset } = desk;
  const stepMs = intervalMs(contract);
  let options = scoreboardOptions(desk, model, rules);
  const sampling = createScoreSampling({ stepMs, everyMs: desk.everyMs, most: desk.openForecasts });
  const startMs = () => Math.floor(now() / stepMs) * stepMs;
  const saved = await readState(file, onReset);
  let board = saved === null ? createScoreboard(contract, options, startMs()) : restore(saved);
  let clockMs = saved?.nowMs ?? startMs();
  let newest = board.ledger().at(-1);
  if (saved !== null) addAll(await desk.readForecasts(saved.nowMs - desk.everyMs, now()));

  function restore(state: ScoreboardState): Scoreboard {
    try {
      return restoreScoreboard(contract, options, state);
    } catch (error) {
      if (!(error instanceof ForewarnError)) throw error;
      renameSync(file, `${file}.old-${now()}`);
      onReset(error.message);
      return createScoreboard(contract, options, startMs());
    }
  }

  /** @returns How many were refused: too old by now, or of another contract. */
  function addAll(records: readonly ForecastRecord[]): number {
    let refused = 0;
    for (const record of records) {
      try {
        board.add(record);
      } catch (error) {
        if (!(error instanceof ForewarnError)) throw error;
        refused++;
      }
    }
    return refused;
  }

  const breachMetrics = new Set(contract.breachRules.map(({ metric }) => metric));
  const metrics = contract.metrics.flatMap(({ name, role }, column) =>
    role === "target" || breachMetrics.has(name) ? [{ name, column }] : [],
  );
  return {
    board: () => board,
    use(nextModel, nextRules) {
      const next = scoreboardOptions(desk, nextModel, nextRules);
      if (canonicalJson(next) === canonicalJson(options)) return;
      options = next;
      [board, clockMs, newest] = [createScoreboard(contract, options, startMs()), startMs(), undefined];
      onReset("another model has other levels, horizons or thresholds");
    },
    isScored: (server, boundaryMs, servers) => sampling(server, boundaryMs, servers, options.leadSteps.at(-1)!),
    visit(series, boundaryMs) {
      const { server } = series;
      const endMs = Math.min(boundaryMs, clockMs + options.leadSteps.at(-1)! * stepMs);
      const last = Math.min(series.steps, (endMs - series.startMs) / stepMs);
      const first = Math.max(0, (clockMs - options.graceMs - series.startMs) / stepMs);
      for (let step = Math.floor(first); step < last; step++) {
        const timeMs = series.startMs + step * stepMs;
        for (const { name: metric, column } of metrics) {
          board.observe({ server, metric, timeMs, value: series.values[column]![step]! });
        }
      }
    },
    advance(boundaryMs, records) {
      const refused = addAll(records);
      board.advance(boundaryMs);
      clockMs = Math.max(clockMs, boundaryMs);
      const ledger = board.ledger();
      const closed = ledger.slice(newest === undefined ? 0 : ledger.lastIndexOf(newest) + 1);
      newest = ledger.at(-1);
      return { closed, refused };
    },
    checkpoint: () => writeLines(file, stateLines(board.state())),
  };
}

function scoreboardOptions(
  { contract, graceMs, usefulLeadMs }: ScoreDeskOptions,
  model: ModelDirectory | null,
  rules: readonly AlertRule[],
): ScoreboardOptions {
  const stepMs = intervalMs(contract);
  const inputs = model?.config.inputs;
  const leads = inputs?.breachGroupEnds ?? LEADS_MS.map((ms) => Math.ceil(ms / stepMs));
  const thresholds = contract.breachRules.map(({ id }) => {
    const rule = rules.find((one) => one.when === "breach" && one.event.id === id);
    return [id, rule?.when === "breach" ? rule.probability : 0.5] as const;
  });
  return {
    levels: model?.config.architecture.quantiles ?? LEVELS,
    leadSteps: [...new Set([...leads, inputs?.horizonSteps ?? leads.at(-1)!])],
    labels: contract.labels.filter(({ values }) => values.length <= MOST_LABEL_VALUES).map(({ name }) => name),
    alertThresholds: Object.fromEntries(thresholds),
    usefulLeadMs,
    graceMs,
    ledgerEntries: LEDGER_ENTRIES,
  };
}

function* stateLines({ servers, ...head }: ScoreboardState) {
  yield head;
  yield* servers;
}

async function readState(file: string, onReset: (message: string) => void): Promise<ScoreboardState | null> {
  try {
    const lines = await readLines(file);
    if (lines === null || lines.length === 0) return null;
    const [head, ...servers] = lines;
    return { ...(head as Omit<ScoreboardState, "servers">), servers: servers as ScoreboardState["servers"] };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    onReset(`${file}: damaged`);
    return null;
  }
}
