// The scoreboard: how the forecasts that were served came out.
import { z } from "zod";
import { ForewarnError } from "../../base/index.ts";
import { intervalMs } from "../../contract/index.ts";
import type { ApiServer } from "../api-server.ts";
import { durationParameter, labelsParameter } from "../parameters.ts";
import { withoutNaN } from "../payload/numbers.ts";
import { answers } from "../schemas.ts";
import type { Services } from "../services.ts";

const number = z.number().nullable();
const scoresSchema = z.looseObject({ count: number });
const LEDGER_SHOWN = 100;

/** Registers the route. */
export function registerScoreboard(app: ApiServer, services: Services): void {
  app.get(
    "/api/v1/scoreboard",
    {
      config: { scope: "read" },
      schema: {
        summary: "Scores of served forecasts, breach probabilities and claims",
        description: "Null is not defined, as before the first observation. Scores cover all models that have served.",
        tags: ["scoreboard"],
        querystring: z.strictObject({
          metric: z.string().max(64).optional().describe("All targets by default"),
          lead: durationParameter.optional().describe("The end of a group of lead times, such as 2h"),
          days: z.coerce.number().int().min(1).max(30).optional().describe("All time by default"),
          labels: labelsParameter.optional().describe("Such as profile:database"),
        }),
        response: answers({
          200: z.object({
            metrics: z.array(z.object({ metric: z.string(), scores: scoresSchema })),
            rules: z.array(z.object({ rule: z.string(), breachScores: scoresSchema, claims: z.looseObject({}) })),
            newestClaims: z.array(z.looseObject({ server: z.string(), rule: z.string(), outcome: z.string() })),
            open: z.number().describe("Served forecasts whose time is not over"),
          }),
        }),
      },
    },
    async (request) => {
      const { contract, scoreboard } = services;
      const { metric, lead, days, labels } = request.query;
      const leadSteps = lead === undefined ? undefined : lead / intervalMs(contract);
      if (leadSteps !== undefined && !Number.isInteger(leadSteps)) {
        throw new ForewarnError("request_invalid", `lead: Expected a multiple of ${contract.interval}`);
      }
      const claimFilter = { ...(days !== undefined && { days }), ...(labels && { labels }) };
      const filter = { ...claimFilter, ...(leadSteps !== undefined && { leadSteps }) };
      const targets = contract.metrics.filter(({ name, role }) => role === "target" && (metric ?? name) === name);
      const rules = contract.breachRules.filter((rule) => (metric ?? rule.metric) === rule.metric);
      return {
        metrics: targets.map(({ name }) => ({
          metric: name,
          scores: withoutNaN(scoreboard.forecastScores({ ...filter, subject: name })) as z.infer<typeof scoresSchema>,
        })),
        rules: rules.map(({ id }) => ({
          rule: id,
          breachScores: withoutNaN(scoreboard.breachScores({ ...filter, subject: id })) as z.infer<typeof scoresSchema>,
          claims: withoutNaN(scoreboard.claimScores({ ...claimFilter, subject: id })) as Record<string, unknown>,
        })),
        newestClaims: scoreboard
          .ledger()
          .slice(-LEDGER_SHOWN)
          .reverse()
          .map(({ forecastId: _, ...entry }) => entry),
        open: scoreboard.openForecasts(),
      };
    },
  );
}
