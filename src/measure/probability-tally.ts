// Scores of event probabilities summed in one pass, without keeping them.
import { logLoss } from "./probability-scores.ts";
import {
  addToBins,
  type BinSums,
  emptyBins,
  expectedCalibrationError,
  type ReliabilityBin,
  reliabilityBins,
} from "./reliability.ts";

/** Scores of the probabilities added so far; ratios are NaN while no outcome was known. */
export interface ProbabilityScores {
  /** Known outcomes, and events among them. */
  count: number;
  events: number;
  brierScore: number;
  /** Skill over always saying the share of events among these very outcomes; NaN when all outcomes were the same. */
  brierSkill: number;
  logScore: number;
  expectedCalibrationError: number;
  reliability: ReliabilityBin[];
  /** Alerts (probability at or above the alert threshold) before an event and without one, and events without an alert. */
  hits: number;
  falseAlarms: number;
  misses: number;
}

/** The sums of a tally: plain data. */
export interface ProbabilityTallyState {
  squaredError: number;
  logLoss: number;
  hits: number;
  falseAlarms: number;
  bins: BinSums;
}

/** Adds up event probabilities. */
export interface ProbabilityTally {
  /**
   * @param outcome 1 (happened), 0 (did not) or NaN (not known, left out).
   * @param alertThreshold Probability from which on this forecast is an alert.
   */
  add(probability: number, outcome: number, alertThreshold: number): void;
  /** Adds the sums of another tally. */
  merge(other: ProbabilityTallyState): void;
  scores(): ProbabilityScores;
  /** A copy of the sums, to go on from later. */
  state(): ProbabilityTallyState;
}

/** Makes a tally that goes on from `state`, or an empty one with a reliability table in deciles. */
export function createProbabilityTally(
  state: ProbabilityTallyState = { squaredError: 0, logLoss: 0, hits: 0, falseAlarms: 0, bins: emptyBins(10) },
): ProbabilityTally {
  const total = structuredClone(state);
  return {
    add(probability, outcome, alertThreshold) {
      if (Number.isNaN(outcome)) return;
      total.squaredError += (probability - outcome) ** 2;
      total.logLoss += logLoss(probability, outcome);
      addToBins(total.bins, probability, outcome);
      if (probability < alertThreshold) return;
      if (outcome === 1) total.hits++;
      else total.falseAlarms++;
    },
    merge({ bins, ...sums }) {
      for (const [name, sum] of Object.entries(sums)) total[name as keyof typeof sums] += sum;
      for (const [name, perBin] of Object.entries(bins)) {
        for (const [bin, sum] of perBin.entries()) total.bins[name as keyof BinSums][bin]! += sum;
      }
    },
    scores: () => scoresOf(total),
    state: () => structuredClone(total),
  };
}

function scoresOf({ squaredError, logLoss, hits, falseAlarms, bins }: ProbabilityTallyState): ProbabilityScores {
  const count = bins.counts.reduce((sum, value) => sum + value, 0);
  const events = bins.events.reduce((sum, value) => sum + value, 0);
  const share = events / count;
  const reference = share * (1 - share);
  const brierScore = squaredError / count;
  const reliability = reliabilityBins(bins);
  return {
    count,
    events,
    brierScore,
    brierSkill: reference > 0 ? 1 - brierScore / reference : Number.NaN,
    logScore: logLoss / count,
    expectedCalibrationError: expectedCalibrationError(reliability),
    reliability,
    hits,
    falseAlarms,
    misses: events - hits,
  };
}
