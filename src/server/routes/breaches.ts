// The breach probabilities of all servers, most likely first.
import { z } from "zod";
import type { ApiServer } from "../api-server.ts";
import { labelsParameter, pageParameters, takePage } from "../parameters.ts";
import { breachesOf, forecastHead } from "../payload/forecast-json.ts";
import { answers, breachSchema, forecastHeadSchema, pageOf } from "../schemas.ts";
import { requireModel, selectForecasts } from "../served.ts";
import type { Services } from "../services.ts";

/** Registers the route. */
export function registerBreaches(app: ApiServer, services: Services): void {
  app.get(
    "/api/v1/breaches",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "Breach probabilities, most likely first", tags: ["forecasts"] },
        querystring: z.strictObject({
          ...pageParameters,
          rule: z.string().max(64).optional(),
          labels: labelsParameter.optional(),
          min: z.coerce.number().min(0).max(1).default(0).describe("Smallest probability, by the longest horizon"),
        }),
        response: answers({ 200: pageOf(forecastHeadSchema.extend({ breach: breachSchema })) }),
      },
    },
    async (request) => {
      requireModel(services);
      const { rule, min } = request.query;
      const nowMs = services.now();
      const breaches = selectForecasts(services, request.query).flatMap((served) =>
        breachesOf(served)
          .filter((breach) => (rule ?? breach.rule) === breach.rule && (breach.probabilities.at(-1) ?? 0) >= min)
          .map((breach) => ({ served, breach })),
      );
      const { items, nextCursor } = takePage(
        breaches,
        "-probability",
        ({ served, breach }) => [breach.probabilities.at(-1) ?? 0, `${served.record.server} ${breach.rule}`],
        request.query,
      );
      return { items: items.map(({ served, breach }) => ({ ...forecastHead(served, nowMs), breach })), nextCursor };
    },
  );
}
