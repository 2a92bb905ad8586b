// Breach probabilities beside what came, for every rule and time, and their scores.
import type { InputSpec, PreparedSeries } from "../../dataset/index.ts";
import type { ForecastPlace, RawForecast } from "../../forecast/index.ts";
import { averagePrecision, brierSkill, createProbabilityTally, rocAuc } from "../../measure/index.ts";
import type { BreachScores } from "../evaluation-report.ts";
import { breachOutcome } from "./breach-outcome.ts";
import { orNull } from "./null-scores.ts";
import { pastRate } from "./past-rate.ts";

/** Collects breach forecasts; holds the base rates of one server. */
export interface BreachLog {
  add(place: ForecastPlace, forecast: RawForecast): void;
  /** Scores by rule and time, in the order of the spec. */
  scores(): BreachScores[];
}

/** Makes an empty log. */
export function createBreachLog(spec: InputSpec): BreachLog {
  const { breachRules, breachGroupEnds, intervalMs } = spec;
  const cells = breachRules.flatMap(({ id, forSteps }, rule) =>
    breachGroupEnds.map((end, group) => ({ id, rule, end, group, knownAfterSteps: forSteps - 1, ...emptyColumns() })),
  );
  let current: PreparedSeries | undefined; // windows come server by server
  let rates: ((origin: number) => number)[] = [];
  return {
    add({ prepared, origin }, { breaches }) {
      if (prepared !== current) {
        current = prepared;
        rates = cells.map(({ rule, end, knownAfterSteps }) => pastRate(prepared.breaches[rule]!, end, knownAfterSteps));
      }
      for (const [c, { rule, end, group, probabilities, outcomes, references }] of cells.entries()) {
        const outcome = breachOutcome(spec, prepared, rule, origin, end);
        if (Number.isNaN(outcome)) continue;
        probabilities.push(breaches[rule * breachGroupEnds.length + group]!);
        outcomes.push(outcome);
        references.push(rates[c]!(origin));
      }
    },
    scores: () => cells.map(({ id, end, ...columns }) => scoresOf(id, end * intervalMs, columns)),
  };
}

/** Parallel, one entry per window: what the model said, what came, and the base rate of the server's past. */
interface Columns {
  probabilities: number[];
  outcomes: number[];
  references: number[];
}

function emptyColumns(): Columns {
  return { probabilities: [], outcomes: [], references: [] };
}

function scoresOf(rule: string, withinMs: number, { probabilities, outcomes, references }: Columns): BreachScores {
  const tally = createProbabilityTally();
  for (const [i, probability] of probabilities.entries()) tally.add(probability, outcomes[i]!, 1);
  const scores = tally.scores();
  return {
    rule,
    withinMs,
    windows: scores.count,
    events: scores.events,
    brier: orNull(scores.brierScore),
    skill: orNull(scores.brierSkill),
    skillOverPast: orNull(brierSkill(probabilities, outcomes, references)),
    logScore: orNull(scores.logScore),
    expectedCalibrationError: orNull(scores.expectedCalibrationError),
    areaUnderRoc: orNull(rocAuc(probabilities, outcomes)),
    averagePrecision: orNull(averagePrecision(probabilities, outcomes)),
    reliability: scores.reliability.map((bin) => ({
      ...bin,
      meanProbability: orNull(bin.meanProbability),
      eventShare: orNull(bin.eventShare),
      eventShareLow: orNull(bin.eventShareLow),
      eventShareHigh: orNull(bin.eventShareHigh),
    })),
  };
}
