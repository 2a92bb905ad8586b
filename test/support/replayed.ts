// An answer of the replay desk that is made up: with a higher threshold there are fewer alerts, and more of them are right.
import type { ReplayAnswer, ReplayedThreshold, ReplayQuestion } from "../../src/server/index.ts";
import { HOUR } from "./alerts.ts";

const DAY = 24 * HOUR;

/** Answers any question with forecasts of two servers, of a week that ended at `nowMs`. */
export function replayAnswer(question: ReplayQuestion, nowMs: number): ReplayAnswer {
  const { probability, clearShare, withinMs, forMs, clearForMs, spanMs } = question;
  const openedAtMs = nowMs - 2 * DAY;
  const claim = {
    ...{ forecastId: "", modelId: "", openedAtMs, originMs: openedAtMs, deadlineMs: openedAtMs + withinMs },
    ...{ acknowledgement: null, maintenance: false },
  };
  const entry = { rule: "", server: "a", claim, closedAtMs: nowMs, maintenance: false };
  return {
    ...{ fromMs: nowMs - spanMs, toMs: nowMs, event: "cpu_pct >= 90 for 15m" },
    withinMs: [0.5, 1, 2, 4, 8].map((hours) => hours * HOUR),
    ...{ forecasts: 4032, servers: { replayed: 2, known: 2 }, models: [{ modelId: "tft_1", forecasts: 4032 }] },
    ...{ incidents: 12, tooLittle: [] },
    curve: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map((one) => scoresAt(one, clearShare)),
    inForce: [
      {
        ...{ id: "cpu_soon", withinMs, forMs, clearForMs, probability: 0.5, clearProbability: 0.3 },
        scores: scoresAt(0.5, 0.6),
      },
    ],
    chosen:
      probability === null
        ? null
        : {
            ...scoresAt(probability, clearShare),
            examples: [
              { ...entry, outcome: "confirmed", onsetMs: openedAtMs + HOUR, leadMs: HOUR },
              { ...entry, outcome: "expired", onsetMs: null, leadMs: null },
              { ...entry, server: "b", claim: null, outcome: "missed", onsetMs: openedAtMs, leadMs: null },
            ],
          },
  };
}

function scoresAt(probability: number, clearShare: number): ReplayedThreshold {
  const counts = {
    true: Math.round(11 * (1 - probability ** 3)),
    late: 1,
    false: Math.round(20 * (1 - probability) ** 2),
  };
  const claims = counts.true + counts.late + counts.false;
  const minutes = 60 + 60 * (1 - probability);
  return {
    ...{ probability, clearProbability: clearShare * probability, alerts: claims - 1, open: 1 },
    record: {
      ...counts,
      missed: 11 - counts.true,
      ...{ averted: 0, precision: counts.true / claims, recall: counts.true / 12 },
      leadMinutes: { p10: minutes / 2, p50: minutes, p90: (minutes * 3) / 2 },
    },
    falsePerServerWeek: counts.false / 2,
  };
}
