// Alert rules as people write them in the configuration file, and the destinations that alerts go to.
import { z } from "zod";

const name = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, "Expected a name of lower-case letters, digits and underscores");
const durationText = z.string().regex(/^(\d+(ms|[smhd]))+$/, "Expected a duration such as 15m");
const share = z.number().gt(0).lt(1);
/** Zod schema of the value of a header. */
export const headerText = z.string().regex(/^[\x20-\x7e]+$/, "Expected printable ASCII");
/** Zod schema of headers by name. */
export const headerRecord = z.record(z.string().regex(/^[A-Za-z0-9-]+$/, "Expected the name of a header"), headerText);
/** Zod schema of certificates as text. */
export const certificates = z.string().includes("-----BEGIN CERTIFICATE-----", "Expected certificates in PEM");

const common = {
  id: name,
  /** The alert looks this far ahead; a claim is held to it. */
  within: durationText,
  severity: name.default("warning"),
  /** Labels that every alert of the rule carries beside those of its server. */
  labels: z.record(name, z.string()).default({}),
};

const breachAlertSchema = z.strictObject({
  ...common,
  when: z.literal("breach"),
  /** The contract's breach rule whose onset is predicted. */
  rule: name,
  /** Probability from which on it is active. */
  probability: share,
  /** How long it must be active before it fires; it fires at once without. */
  for: durationText.optional(),
  /** It goes off after the probability was lower than this for so long. Without: 0.6 of `probability` for 15m. */
  clear: z.strictObject({ probability: share, for: durationText }).optional(),
});

const quantileAlertSchema = z.strictObject({
  ...common,
  when: z.literal("quantile"),
  metric: name,
  /** Level of the forecast quantile that is compared: 0.9 warns early, 0.1 only when it is nearly certain. */
  quantile: share,
  op: z.enum([">=", "<="]),
  threshold: z.number(),
  /** Length of the crossing inside the forecast, and of the breach that confirms it. */
  for: durationText,
  /** It goes off after the quantile no longer crossed `threshold` for so long. Without: the rule's threshold, 15m. */
  clear: z.strictObject({ threshold: z.number().optional(), for: durationText }).optional(),
});

/** Zod schema of one alert rule. */
export const alertRuleSchema = z.discriminatedUnion("when", [breachAlertSchema, quantileAlertSchema]);
/** An alert rule as written. */
export type AlertRuleDocument = z.input<typeof alertRuleSchema>;

const target = {
  name,
  url: z.string(),
  /** Value of the Authorization header. */
  authorization: z.string().optional(),
  /** Other headers. */
  headers: headerRecord.optional(),
  /** Certificates (PEM) of the authorities to trust for https instead of the usual ones. */
  ca: certificates.optional(),
  /** Whether the target may be at a private, link-local or loopback address. */
  allowPrivate: z.boolean().default(false),
};

const destinationSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    ...target,
    kind: z.literal("webhook"),
    /** Key of the signature: `whsec_` and base64, or plain text. */
    secret: z.string().min(1),
  }),
  /** `url` without `/api/v2/alerts`. */
  z.strictObject({ ...target, kind: z.literal("alertmanager") }),
]);

/** Where alerts go. */
export type Destination = z.infer<typeof destinationSchema>;

/** Zod schema of the `alerts` section of the configuration. */
export const alertConfigSchema = z.strictObject({
  /** Left out: one rule for each breach rule of the contract. */
  rules: z.array(alertRuleSchema).optional(),
  /** Alerts of one rule and equal values of these labels that begin at most `window` apart are one group. */
  group: z.strictObject({ by: z.array(name), window: durationText }).optional(),
  destinations: z.array(destinationSchema).default([]),
});

/** The `alerts` section of the configuration. */
export type AlertConfig = z.infer<typeof alertConfigSchema>;
