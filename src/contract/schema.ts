// The contract document: what a fleet's data must look like. Written once, versioned, hashed, stored with every data
// set, model and forecast, and checked at every door.
import { z } from "zod";

const name = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, "Expected a name of lower-case letters, digits and underscores");
const durationText = z.string().regex(/^(\d+(ms|[smhd]))+$/, "Expected a duration such as 5m");

const metricSchema = z.strictObject({
  name,
  /** Unit of the stored values, for people and for the comparison of contracts: percent, MB/s, ms, ratio ... */
  unit: z.string().min(1),
  /** gauge: mean of a bin. counter: last of a bin, read as its increase. flag: 0 or 1, maximum of a bin. */
  kind: z.enum(["gauge", "counter", "flag"]),
  /** target: forecast and read. observed: read only. */
  role: z.enum(["target", "observed"]),
  /** Legal range; null is unbounded. */
  min: z.number().nullable(),
  max: z.number().nullable(),
  /** An optional metric may be absent as a whole column; it is then missing everywhere. */
  required: z.boolean(),
  /**
   * Space in which the model works: identity; log1p for heavy tails (min >= 0), where a target's errors count as ratios;
   * logit for bounded rates.
   */
  transform: z.enum(["identity", "log1p", "logit"]),
  description: z.string().optional(),
});

const labelSchema = z.strictObject({
  name,
  required: z.boolean(),
  values: z.array(z.string().min(1)).min(1),
  description: z.string().optional(),
});

const stateSchema = z.strictObject({ name, values: z.array(z.string().min(1)).min(1) });

const breachRuleSchema = z.strictObject({
  id: name,
  metric: name,
  op: z.enum([">=", "<="]),
  threshold: z.number(),
  /** How long the condition must hold for an incident. */
  for: durationText,
  /** How long it must not hold before the next incident can begin. */
  clear: durationText,
});

/** Zod schema of a contract document; {@link parseContract} adds the checks between fields. */
export const contractSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/),
  version: z.string().regex(/^\d+\.\d+$/),
  description: z.string().optional(),
  /** Step length of the regular grid. */
  interval: durationText,
  /** Static categories of a server (profile, data centre ...). */
  labels: z.array(labelSchema),
  /** Reported operational state, observed; never an input by default. */
  state: stateSchema.nullable(),
  metrics: z.array(metricSchema).min(1),
  /** Free-text columns that are kept and never read by a model. */
  texts: z.array(name),
  breachRules: z.array(breachRuleSchema),
});

/** A validated contract document. Columns `timestamp` (UTC) and `server` are part of every contract. */
export type Contract = z.infer<typeof contractSchema>;
/** A measured quantity. */
export type Metric = Contract["metrics"][number];
/** A static category of a server. */
export type Label = Contract["labels"][number];
/** What counts as an incident: `cpu_pct >= 90 for 15m, clear 60m`. */
export type BreachRule = Contract["breachRules"][number];
