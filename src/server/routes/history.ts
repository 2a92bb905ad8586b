// The past of a server: what was measured, and what was forecast.
import { z } from "zod";
import { intervalMs } from "../../contract/index.ts";
import type { ApiServer } from "../api-server.ts";
import { listParameter, timeParameter } from "../parameters.ts";
import { breachesOf, forecastHead } from "../payload/forecast-json.ts";
import { numbersText } from "../payload/numbers.ts";
import { answers, instantSchema } from "../schemas.ts";
import { requireModel, requireServer } from "../served.ts";
import type { ServedForecast, Services } from "../services.ts";

const DAY_MS = 86_400_000;

/** Registers the routes. */
export function registerHistory(app: ApiServer, services: Services): void {
  const { contract, store, forecasts } = services;
  const config = { scope: "read" } as const;
  const tags = ["fleet"];
  const params = z.strictObject({ server: z.string() });

  app.get(
    "/api/v1/servers/:server/history",
    {
      config,
      schema: {
        ...{ summary: "Measured values of a server on the contract's grid", tags, params },
        querystring: z.strictObject({
          from: timeParameter.optional().describe("One day ago by default"),
          to: timeParameter.optional().describe("Now by default"),
          metrics: listParameter.optional(),
        }),
        response: answers({
          200: z.object({
            server: z.string(),
            startAt: instantSchema,
            intervalMs: z.number(),
            steps: z.number().int(),
            metrics: z.record(z.string(), z.array(z.number().nullable())).describe("Null is missing"),
          }),
        }),
      },
    },
    async (request, reply) => {
      const { server } = requireServer(services, request.params.server);
      const { to: toMs = services.now(), metrics } = request.query;
      const { from: fromMs = toMs - DAY_MS } = request.query;
      const earliestMs = services.now() - services.limits.retentionMs;
      const series = await store.history(server, Math.max(fromMs, earliestMs), Math.max(earliestMs, toMs));
      const head = {
        server,
        startAt: new Date(series.startMs).toISOString(),
        intervalMs: intervalMs(contract),
        steps: series.steps,
      };
      const columns = contract.metrics.flatMap(({ name }, index) =>
        (metrics?.includes(name) ?? true) ? [`"${name}":${numbersText(series.values[index]!)}`] : [],
      );
      const text = `${JSON.stringify(head).slice(0, -1)},"metrics":{${columns.join(",")}}}`;
      return reply.type("application/json; charset=utf-8").send(text as never);
    },
  );

  app.get(
    "/api/v1/servers/:server/forecasts",
    {
      config,
      schema: {
        ...{ summary: "Forecasts that were served for a server, oldest first", tags, params },
        querystring: z.strictObject({
          from: timeParameter.optional().describe("One day ago by default; by time of issue"),
          to: timeParameter.optional(),
        }),
        response: answers({ 200: z.object({ items: z.array(z.looseObject({ forecastId: z.string() })) }) }),
      },
    },
    async (request) => {
      requireModel(services);
      const { server } = requireServer(services, request.params.server);
      const { to: toMs = services.now() + 1 } = request.query;
      const { from: fromMs = toMs - DAY_MS } = request.query;
      const stored = await forecasts.history(server, fromMs, toMs);
      // The age of the data is that of then.
      const headOf = (served: ServedForecast) => forecastHead(served, served.record.issuedAtMs);
      return { items: stored.map((served) => ({ ...headOf(served), breaches: breachesOf(served) })) };
    },
  );
}
