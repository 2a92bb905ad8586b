// Why a forecast is what it is: how its model weighed the variables, and which part of the past it attended to.
import { z } from "zod";
import type { WeighedVariable } from "../../forecast/index.ts";
import type { ApiServer } from "../api-server.ts";
import { forecastHead } from "../payload/forecast-json.ts";
import { answers, forecastHeadSchema, instantSchema } from "../schemas.ts";
import { requireForecast } from "../served.ts";
import type { Services } from "../services.ts";

const share = z.number().min(0).max(1);
const variablesSchema = z
  .array(
    z.object({
      variable: z.string().describe("Name of the model's input"),
      kind: z.enum(["observed", "lags", "statistics", "calendar", "label", "server"]),
      subject: z.string().nullable().describe("Metric or label of the contract that it is made of"),
      share,
    }),
  )
  .describe("Weights of the variable selection, heaviest first; they sum to 1");

const explanationSchema = forecastHeadSchema.extend({
  isExact: z
    .boolean()
    .describe("Whether the run that is explained gave the served forecast; false when rows of its past came late"),
  past: variablesSchema,
  future: variablesSchema,
  static: variablesSchema,
  attention: z.object({
    startAt: instantSchema.describe("Start of the first span of the past"),
    spanMs: z.number().describe("Length of each span"),
    horizons: z.array(
      z.object({
        withinMs: z.number(),
        past: z.array(share).describe("Share of each span, oldest first; mean over the heads"),
        future: share.describe("Share of what is known ahead; with the past it sums to 1"),
      }),
    ),
  }),
});

/** Registers the route. */
export function registerExplanation(app: ApiServer, services: Services): void {
  app.get(
    "/api/v1/servers/:server/explanation",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "What the model looked at for the current forecast of a server", tags: ["forecasts"] },
        description:
          "The model that made the forecast reads the same window once more, one server at a time: 503 when too many wait.",
        params: z.strictObject({ server: z.string() }),
        response: answers({ 200: explanationSchema }),
      },
    },
    async (request) => {
      const served = requireForecast(services, request.params.server);
      const { record } = served;
      const explanation = await services.explain(served);
      const spanMs = explanation.tokenSteps * record.intervalMs;
      const spans = explanation.attention[0]?.past.length ?? 0;
      return {
        ...forecastHead(served, services.now()),
        isExact: explanation.isExact,
        past: explanation.past.map(rounded),
        future: explanation.future.map(rounded),
        static: explanation.static.map(rounded),
        attention: {
          startAt: new Date(record.originMs - spans * spanMs).toISOString(),
          spanMs,
          horizons: explanation.attention.map(({ withinSteps, past, future }) => {
            return { withinMs: withinSteps * record.intervalMs, past: past.map(round), future: round(future) };
          }),
        },
      };
    },
  );
}

function rounded(variable: WeighedVariable): WeighedVariable {
  return { ...variable, share: round(variable.share) };
}

/** Sums of softmax may exceed 1 by rounding. */
function round(share: number): number {
  return Math.min(1, Math.round(share * 1e6) / 1e6);
}
