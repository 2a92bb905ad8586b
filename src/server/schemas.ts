// Schemas of what several routes answer.
import { z } from "zod";
import { ERROR_CODES } from "../base/index.ts";

/** A time in answers. */
export const instantSchema = z.iso.datetime();

/** A code of docs/errors.md. */
export const errorCodeSchema = z
  .enum([...ERROR_CODES, "internal_error"])
  .meta({ id: "ErrorCode", description: "Stable; GET /problems/CODE explains it" });

/** A problem document (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().describe("/problems/CODE"),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional(),
    instance: z.string(),
    code: errorCodeSchema,
    requestId: z.string(),
    errors: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem", description: "A problem document (RFC 9457)" });

/** Adds the problems that any route may answer with. */
export function answers<T extends Record<number, z.ZodType>>(success: T): T & { "4xx": z.ZodType; "5xx": z.ZodType } {
  return { ...success, "4xx": problemSchema, "5xx": problemSchema };
}

/** Probabilities of one breach rule. */
export const breachSchema = z.object({
  rule: z.string(),
  withinMs: z.array(z.number()),
  probabilities: z.array(z.number().min(0).max(1)),
});

/** What every answer with a forecast carries. */
export const forecastHeadSchema = z.object({
  server: z.string(),
  labels: z.record(z.string(), z.string()),
  forecastId: z.string(),
  modelId: z.string(),
  contractHash: z.string(),
  issuedAt: instantSchema,
  dataAt: instantSchema.describe("Time of the newest row that the forecast read"),
  dataAgeMs: z.number().describe("Age of that row now"),
  originAt: instantSchema.describe("Start of the first forecast step"),
  intervalMs: z.number(),
});

/** A forecast in columns. */
export const forecastSchema = forecastHeadSchema.extend({
  targets: z.array(
    z.object({
      metric: z.string(),
      unit: z.string().nullable(),
      quantiles: z.record(z.string(), z.array(z.number())).describe("Values per step, by quantile level"),
    }),
  ),
  breaches: z.array(breachSchema),
});

/** Why a server has no forecast. */
export const refusedSchema = z.object({
  server: z.string(),
  code: z.string(),
  message: z.string(),
  historySteps: z.object({ has: z.number(), needs: z.number() }).nullable(),
});

/** A page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
