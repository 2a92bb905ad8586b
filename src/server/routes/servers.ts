// The servers: what is known of each, and the breach probabilities of its forecast.
import { z } from "zod";
import type { LiveServer } from "../../store/index.ts";
import type { ApiServer } from "../api-server.ts";
import { labelsParameter, pageParameters, takePage } from "../parameters.ts";
import { breachesOf, forecastHead } from "../payload/forecast-json.ts";
import { answers, breachSchema, forecastHeadSchema, instantSchema, pageOf, refusedSchema } from "../schemas.ts";
import { requireServer } from "../served.ts";
import type { ServedForecast, Services } from "../services.ts";

const ORDERS = ["server", "-server", "lastSeen", "-lastSeen", "risk", "-risk"] as const;

const serverSchema = z.object({
  server: z.string(),
  labels: z.record(z.string(), z.string().nullable()),
  state: z.string().nullable(),
  firstSeenAt: instantSchema.describe("First row of the hot window"),
  lastSeenAt: instantSchema,
  prediction: forecastHeadSchema
    .extend({ breaches: z.array(breachSchema) })
    .optional()
    .describe("Absent without a model or when this server has no forecast"),
  refused: refusedSchema.omit({ server: true }).optional(),
});

/** Registers the routes. */
export function registerServers(app: ApiServer, services: Services): void {
  const { store, forecasts, models } = services;
  const config = { scope: "read" } as const;
  const tags = ["fleet"];
  const params = z.strictObject({ server: z.string() });

  const currentOf = (server: string): ServedForecast | undefined =>
    models.serving() === null ? undefined : forecasts.current(server);
  const describe = ({ server, labels, state, firstMs, lastMs }: LiveServer) => {
    const served = currentOf(server);
    const refused = served === undefined ? forecasts.refused().find((one) => one.server === server) : undefined;
    return {
      ...{ server, labels, state },
      firstSeenAt: new Date(firstMs).toISOString(),
      lastSeenAt: new Date(lastMs).toISOString(),
      ...(served && { prediction: { ...forecastHead(served, services.now()), breaches: breachesOf(served) } }),
      ...(refused && {
        refused: { code: refused.code, message: refused.message, historySteps: refused.historySteps },
      }),
    };
  };

  app.get(
    "/api/v1/servers",
    {
      config,
      schema: {
        ...{ summary: "Servers with rows in the hot window", tags },
        querystring: z.strictObject({
          ...pageParameters,
          labels: labelsParameter.optional(),
          state: z.string().max(64).optional(),
          search: z.string().max(256).optional().describe("Part of the name"),
          sort: z.enum(ORDERS).default("server"),
        }),
        response: answers({ 200: pageOf(serverSchema) }),
      },
    },
    async (request) => {
      const { labels = {}, state, search = "", sort } = request.query;
      const chosen = store
        .servers()
        .filter(
          (server) =>
            server.server.includes(search) &&
            (state ?? server.state) === server.state &&
            Object.entries(labels).every(([name, value]) => server.labels[name] === value),
        );
      const rankOf = (server: LiveServer): number => {
        if (sort.endsWith("lastSeen")) return server.lastMs;
        return sort.endsWith("risk") ? riskOf(currentOf(server.server)) : 0;
      };
      // Names sort themselves; the sign of their order is that of the first part of the key.
      const keyOf = (server: LiveServer): [number | string, string] =>
        sort.endsWith("server") ? [server.server, server.server] : [rankOf(server), server.server];
      const { items, nextCursor } = takePage(chosen, sort, keyOf, request.query);
      return { items: items.map(describe), nextCursor };
    },
  );

  app.get(
    "/api/v1/servers/:server",
    { config, schema: { summary: "One server", tags, params, response: answers({ 200: serverSchema }) } },
    async (request) => describe(requireServer(services, request.params.server)),
  );
}

/** The highest breach probability of a forecast; below all others without one. */
export function riskOf(served: ServedForecast | undefined): number {
  if (served === undefined) return -1;
  return Math.max(0, ...served.record.breaches.map(({ probabilities }) => probabilities.at(-1) ?? 0));
}
