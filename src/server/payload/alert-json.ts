// An alert as JSON: what stands, since when, what it claims, who takes care of it, and the forecast behind it.
import { z } from "zod";
import { fingerprint, phaseOf, type TrackedAlert } from "../../alert/index.ts";
import { instantSchema } from "../schemas.ts";
import type { Services } from "../services.ts";

/** Phases of an alert. */
export const PHASES = ["inactive", "pending", "predicted", "confirmed"] as const;

const acknowledgementSchema = z.object({ author: z.string(), at: instantSchema, note: z.string() });

/** An alert in answers. */
export const alertSchema = z.object({
  id: z.string().describe("Fingerprint of the labels, as in Alertmanager"),
  rule: z.string(),
  server: z.string(),
  labels: z.record(z.string(), z.string()),
  phase: z.enum(PHASES),
  startsAt: instantSchema.nullable(),
  changedAt: instantSchema.nullable(),
  incidentSince: instantSchema.nullable(),
  deadlineAt: instantSchema.nullable().describe("The open claim says that an incident begins until then"),
  acknowledgement: acknowledgementSchema.nullable(),
  prediction: z
    .object({
      modelId: z.string(),
      contractHash: z.string(),
      forecastId: z.string(),
      issuedAt: instantSchema,
      ageMs: z.number(),
      probability: z.number().nullable(),
      timeToBreach: z.object({
        p10Ms: z.number().nullable(),
        p50Ms: z.number().nullable(),
        p90Ms: z.number().nullable(),
      }),
      topInputs: z.array(z.object({ variable: z.string(), share: z.number() })),
    })
    .optional()
    .describe("The newest forecast for this alert; absent without a model"),
});

/** An alert for {@link alertSchema}. */
export function alertJson(alert: TrackedAlert, services: Services): z.infer<typeof alertSchema> {
  const { track, rule, server, labels } = alert;
  const { shown, incident, claim } = track;
  const acknowledged = claim?.acknowledgement ?? null;
  return {
    ...{ id: fingerprint(labels), rule, server, labels, phase: phaseOf(track) },
    startsAt: instant(shown?.startsAtMs),
    changedAt: instant(shown?.changedAtMs),
    incidentSince: instant(incident?.onsetMs),
    deadlineAt: services.models.serving() === null ? null : instant(claim?.deadlineMs),
    acknowledgement: acknowledged && {
      author: acknowledged.author,
      at: new Date(acknowledged.atMs).toISOString(),
      note: acknowledged.note,
    },
    ...prediction(alert, services),
  };
}

function prediction({ reading }: TrackedAlert, { models, contractHash, now }: Services) {
  if (reading === null || models.serving() === null) return {};
  const { modelId, forecastId, issuedAtMs, probability, timeToBreach, topInputs } = reading;
  return {
    prediction: {
      ...{ modelId, contractHash, forecastId, probability, timeToBreach },
      issuedAt: new Date(issuedAtMs).toISOString(),
      ageMs: Math.max(0, now() - issuedAtMs),
      topInputs: topInputs.map(([variable, share]) => ({ variable, share })),
    },
  };
}

function instant(timeMs: number | null | undefined): string | null {
  return timeMs === null || timeMs === undefined ? null : new Date(timeMs).toISOString();
}
