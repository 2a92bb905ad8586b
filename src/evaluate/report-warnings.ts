// Parts of a backtest's report: early warning.
import { z } from "zod";
import { count, score, timeMs } from "./report-scores.ts";

/** Quantiles over a sample: leads, or servers. */
const spreadSchema = z.strictObject({ p10: score, p50: score, p90: score });

/** Claims of one method scored against what began, on the scored part. A claim says "an incident begins in time". */
export const claimScoresSchema = z.strictObject({
  /** "model" or the name of a trivial rule. */
  method: z.string(),
  /** Chosen on the first part, and whether it kept the alert contract there. */
  threshold: z.number(),
  alertMet: z.boolean(),
  /** Incidents that count (all but those known to be unforeseeable), and those inside a true claim. */
  onsets: count,
  caught: count,
  recall: score,
  /** Incidents that the truth knows to be without precursor; none without a truth. */
  unforeseeable: z.strictObject({ onsets: count, caught: count }),
  /** Incidents by what the truth says they came from; none without a truth. */
  kinds: z.array(z.strictObject({ kind: z.string(), foreseeable: z.boolean(), onsets: count, caught: count })),
  claims: count,
  trueClaims: count,
  /** An incident began, but sooner than is useful. */
  lateClaims: count,
  falseClaims: count,
  precision: score,
  falseAlarmsPerServerWeek: score,
  /** From the claim to the incident, over true claims. */
  leadMinutes: spreadSchema,
  /** Decision by decision, since literature reports it. */
  decisions: z.strictObject({ decisions: count, prevalence: score, precision: score, recall: score, f1: score }),
});

const warningCurvePointSchema = z.strictObject({
  threshold: z.number(),
  recall: score,
  precision: score,
  falseAlarmsPerServerWeek: score,
  leadMinutesP50: score,
});

/** Early warning of one breach rule: threshold chosen on the first forecast times, scored on the rest. */
export const earlyWarningSchema = z.strictObject({
  rule: z.string(),
  /** What the threshold had to keep: "recall >= 80%". */
  alert: z.string(),
  /** A true claim comes at least `usefulMs` and at most the horizon before the incident. */
  usefulMs: timeMs,
  /** Decisions from `fromMs` to `toMs`, both included. */
  chosenOn: z.strictObject({ fromMs: timeMs, toMs: timeMs, onsets: count }),
  scoredOn: z.strictObject({ fromMs: timeMs, toMs: timeMs, onsets: count, serverWeeks: z.number() }),
  /** Whether a truth says which incidents could be foreseen. */
  truthKnown: z.boolean(),
  /** The model first, then the trivial rules. */
  methods: z.array(claimScoresSchema),
  /** The model over thresholds, highest first, on the scored part. */
  curve: z.array(warningCurvePointSchema),
  /** Share of the incidents that the model claimed at least `leadMs` before, at its threshold. */
  leadCurve: z.array(z.strictObject({ leadMs: timeMs, recall: score })),
  /** The model's scores over servers. */
  spread: z.strictObject({ recall: spreadSchema, precision: spreadSchema, falseAlarmsPerServerWeek: spreadSchema }),
});
