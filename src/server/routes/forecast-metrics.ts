// GET /metrics/forecasts: the current forecasts for plain Prometheus, apart from the daemon's own metrics because there
// are dozens of series a server.
import { Readable } from "node:stream";
import { z } from "zod";
import type { ApiServer } from "../api-server.ts";
import { EXPOSITION_TYPE } from "../metrics-registry.ts";
import { labelsParameter, listParameter } from "../parameters.ts";
import { forecastExposition } from "../payload/forecast-exposition.ts";
import { answers } from "../schemas.ts";
import { selectForecasts } from "../served.ts";
import type { Services } from "../services.ts";

/** Registers the route. */
export function registerForecastMetrics(app: ApiServer, services: Services): void {
  app.get(
    "/metrics/forecasts",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "Current forecasts as gauges; none without a model", tags: ["prometheus"] },
        querystring: z.strictObject({ servers: listParameter.optional(), labels: labelsParameter.optional() }),
        response: answers({ 200: z.string() }),
      },
    },
    async (request, reply) => {
      const records = selectForecasts(services, request.query).map(({ record }) => record);
      const text = Readable.from(forecastExposition(records, services.contract), { objectMode: false });
      return reply.type(EXPOSITION_TYPE).send(text as never);
    },
  );
}
