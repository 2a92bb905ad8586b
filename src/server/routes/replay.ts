// "Would have fired": how an alert rule that is not in force would have done on stored forecasts.
import { z } from "zod";
import type { LedgerEntry } from "../../alert/index.ts";
import type { ApiServer } from "../api-server.ts";
import { durationParameter } from "../parameters.ts";
import { withoutNaN } from "../payload/numbers.ts";
import type { ReplayedInForce, ReplayedThreshold } from "../replay-desk.ts";
import { answers, instantSchema } from "../schemas.ts";
import type { Services } from "../services.ts";

const DAY_MS = 86_400_000;
const LONGEST_MS = 30 * DAY_MS;
const MINUTE_MS = 60_000;

const number = z.number().nullable();
const scoresSchema = z.object({
  alerts: z.number().describe("Alerts that would have been sent"),
  true: z.number().describe("Claims whose incident began in time"),
  late: z.number().describe("Claims whose incident began sooner than a useful lead"),
  false: z.number(),
  missed: z.number().describe("Incidents without a claim"),
  open: z.number().describe("Claims whose time is not over"),
  precision: number,
  recall: number,
  leadMs: z.object({ p10: number, p50: number, p90: number }).describe("Of the claims that came true in time"),
  falsePerServerWeek: number,
});
const thresholdSchema = scoresSchema.extend({ probability: z.number(), clearProbability: z.number() });
const exampleSchema = z.object({
  server: z.string(),
  outcome: z.enum(["confirmed", "averted", "expired", "missed"]),
  openedAt: instantSchema.nullable(),
  onsetAt: instantSchema.nullable(),
  leadMs: number,
});

/** Registers the route. */
export function registerReplay(app: ApiServer, services: Services): void {
  app.get(
    "/api/v1/alerts/replay",
    {
      config: { scope: "read" },
      schema: {
        summary: "How an alert rule would have done on stored forecasts",
        description:
          "The same replay as `forewarn rules test`, for a breach rule under many thresholds. `tooLittle` says why the " +
          "figures may be chance. Null is not defined. Of a large fleet a part of the servers is replayed.",
        tags: ["alerts"],
        querystring: z.strictObject({
          rule: z.string().max(64).describe("Breach rule of the contract"),
          within: durationParameter.describe("A horizon of the forecasts, such as 4h"),
          for: durationParameter.optional().describe("How long it must hold before it fires; at once by default"),
          clear: z.coerce.number().min(0.05).max(0.99).default(0.6).describe("Clear below this share of the threshold"),
          clearFor: durationParameter
            .optional()
            .describe("How long it must be clear before it goes off; 15m by default"),
          span: durationParameter
            .refine((ms) => ms <= LONGEST_MS, "Expected at most 30d")
            .optional()
            .describe("How far back; 7d by default"),
          probability: z.coerce.number().gt(0).lt(1).optional().describe("A threshold of which examples are wanted"),
        }),
        response: answers({
          200: z.object({
            from: instantSchema,
            to: instantSchema,
            event: z.string().describe("What is predicted"),
            withinMs: z.array(z.number()).describe("Horizons that can be asked for"),
            forecasts: z.number(),
            servers: z.object({ replayed: z.number(), known: z.number() }),
            models: z.array(z.object({ modelId: z.string(), forecasts: z.number() })),
            incidents: z.number(),
            tooLittle: z.array(z.string()),
            curve: z.array(thresholdSchema).describe("By increasing threshold"),
            inForce: z.array(
              z.object({
                ...{ id: z.string(), withinMs: z.number(), forMs: z.number(), clearForMs: z.number() },
                ...{ probability: z.number(), clearProbability: z.number() },
                scores: scoresSchema.nullable(),
              }),
            ),
            chosen: thresholdSchema.extend({ examples: z.array(exampleSchema) }).nullable(),
          }),
        }),
      },
    },
    async (request, reply) => {
      const { rule, within, clear, probability = null } = request.query;
      const { for: forMs = 0, clearFor: clearForMs = 15 * MINUTE_MS, span: spanMs = 7 * DAY_MS } = request.query;
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const question = { ...{ rule, withinMs: within, forMs, clearForMs, spanMs, probability }, clearShare: clear };
      const asked = await services.replay.ask(question, gone.signal).catch((error: unknown) => {
        if (gone.signal.aborted) return null;
        throw error;
      });
      if (asked === null) {
        // Nobody is left to answer, and it is no fault either.
        reply.hijack();
        return reply as never;
      }
      const { fromMs, toMs, curve, inForce, chosen, ...answer } = asked;
      return {
        ...answer,
        models: [...answer.models],
        withinMs: [...answer.withinMs],
        tooLittle: [...answer.tooLittle],
        from: new Date(fromMs).toISOString(),
        to: new Date(toMs).toISOString(),
        curve: curve.map(thresholdJson),
        inForce: inForce.map(({ scores, ...own }) => ({ ...own, scores: scores && scoresJson(scores) })),
        chosen: chosen && { ...thresholdJson(chosen), examples: chosen.examples.map(exampleJson) },
      };
    },
  );
}

function scoresJson({ alerts, open, record, falsePerServerWeek }: NonNullable<ReplayedInForce["scores"]>) {
  const { leadMinutes, averted: _, ...claims } = record;
  const leads = Object.entries(leadMinutes).map(([name, minutes]) => [name, minutes * MINUTE_MS]);
  const scores = { alerts, open, ...claims, leadMs: Object.fromEntries(leads), falsePerServerWeek };
  return withoutNaN(scores) as z.infer<typeof scoresSchema>;
}

function thresholdJson(replayed: ReplayedThreshold): z.infer<typeof thresholdSchema> {
  const { probability, clearProbability } = replayed;
  return { probability, clearProbability, ...scoresJson(replayed) };
}

function exampleJson({ server, outcome, claim, onsetMs, leadMs }: LedgerEntry): z.infer<typeof exampleSchema> {
  const iso = (timeMs: number | null | undefined) => (timeMs == null ? null : new Date(timeMs).toISOString());
  return { server, outcome, openedAt: iso(claim?.openedAtMs), onsetAt: iso(onsetMs), leadMs };
}
