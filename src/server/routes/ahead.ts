// The record of a server: what was forecast so long ahead of past instants, beside what came.
import { z } from "zod";
import { ForewarnError } from "../../base/index.ts";
import { intervalMs } from "../../contract/index.ts";
import type { ApiServer } from "../api-server.ts";
import { durationParameter, listParameter, timeParameter } from "../parameters.ts";
import { numbersText } from "../payload/numbers.ts";
import { answers, instantSchema } from "../schemas.ts";
import { requireModel, requireServer } from "../served.ts";
import type { AheadPoint, Services } from "../services.ts";

const DAY_MS = 86_400_000;
const LONGEST_MS = 7 * DAY_MS;
const values = z.array(z.number().nullable()).describe("One per step; null is missing");

const aheadSchema = z.object({
  server: z.string(),
  leadMs: z.number(),
  leadsMs: z.array(z.number()).describe("Leads that are kept; another one has no values"),
  startAt: instantSchema,
  intervalMs: z.number(),
  steps: z.number().int(),
  models: z
    .array(z.object({ modelId: z.string(), fromAt: instantSchema, untilAt: instantSchema, points: z.number().int() }))
    .describe("Models whose forecasts these are, with the first and last time of issue"),
  metrics: z.array(
    z.object({
      metric: z.string(),
      unit: z.string().nullable(),
      actual: values,
      quantiles: z.record(z.string(), values).describe("Values per step, by quantile level"),
      scored: z.number().int().describe("Steps with a forecast and a measured value"),
      inside: z.number().int().describe("Those whose value was within the outer quantiles, both included"),
    }),
  ),
});

/** Registers the route. */
export function registerAhead(app: ApiServer, services: Services): void {
  const { contract, store, forecasts, now } = services;
  const stepMs = intervalMs(contract);

  app.get(
    "/api/v1/servers/:server/ahead",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "What was forecast so long ahead of past instants, and what came", tags: ["forecasts"] },
        description:
          "A lead of 1h is the forecast step that ends one hour after the origin. Kept for forecast.recordRetention.",
        params: z.strictObject({ server: z.string() }),
        querystring: z.strictObject({
          lead: durationParameter.describe("One of leadsMs, such as 30m or 4h"),
          from: timeParameter.optional().describe("One day ago by default"),
          to: timeParameter.optional().describe("Now by default"),
          metrics: listParameter.optional(),
        }),
        response: answers({ 200: aheadSchema }),
      },
    },
    async (request, reply) => {
      requireModel(services);
      const { server } = requireServer(services, request.params.server);
      const { lead: leadMs, to: toMs = now(), metrics } = request.query;
      const { from: fromMs = toMs - DAY_MS } = request.query;
      if (!(fromMs <= toMs && toMs - fromMs <= LONGEST_MS)) {
        throw new ForewarnError("request_invalid", "from: Expected a time before to, by seven days at most");
      }
      const startMs = Math.floor(fromMs / stepMs) * stepMs;
      const steps = Math.ceil((toMs - startMs) / stepMs);
      const endMs = startMs + steps * stepMs;
      const record = await forecasts.ahead({ server, leadMs, fromMs: startMs, toMs: endMs });
      const history = await store.history(server, startMs, endMs);
      const { levels, points } = record;
      const head = {
        ...{ server, leadMs, leadsMs: record.leadsMs, startAt: new Date(startMs).toISOString() },
        ...{ intervalMs: stepMs, steps, models: modelsOf(points) },
      };
      const columns = contract.metrics.flatMap(({ name, unit }, column) => {
        if (!(metrics?.includes(name) ?? true) || !points.some(({ quantiles }) => quantiles.has(name))) return [];
        const actual = new Float32Array(steps).fill(Number.NaN);
        actual.set(history.values[column]!.subarray(0, steps), (history.startMs - startMs) / stepMs);
        const quantiles = levels.map(() => new Float32Array(steps).fill(Number.NaN));
        for (const point of points) {
          const step = Math.floor((point.timeMs - startMs) / stepMs);
          for (const [level, value] of point.quantiles.get(name)?.entries() ?? []) quantiles[level]![step] = value;
        }
        const { scored, inside } = countInside(actual, quantiles[0]!, quantiles.at(-1)!);
        const texts = levels.map((level, at) => `"${level}":${numbersText(quantiles[at]!)}`);
        const facts = JSON.stringify({ metric: name, unit: unit ?? null, scored, inside });
        return [`${facts.slice(0, -1)},"actual":${numbersText(actual)},"quantiles":{${texts.join(",")}}}`];
      });
      const text = `${JSON.stringify(head).slice(0, -1)},"metrics":[${columns.join(",")}]}`;
      return reply.type("application/json; charset=utf-8").send(text as never);
    },
  );
}

/** Steps that can be scored, and those of them inside the band. All lists are `[steps]`; NaN is missing. */
function countInside(actual: Float32Array, low: Float32Array, high: Float32Array): { scored: number; inside: number } {
  let [scored, inside] = [0, 0];
  for (const [step, value] of actual.entries()) {
    if (Number.isNaN(value) || Number.isNaN(low[step]!)) continue;
    scored++;
    if (low[step]! <= value && value <= high[step]!) inside++;
  }
  return { scored, inside };
}

function modelsOf(points: readonly AheadPoint[]) {
  const models = new Map<string, { fromMs: number; untilMs: number; points: number }>();
  for (const { modelId, issuedAtMs } of points) {
    const known = models.get(modelId) ?? { fromMs: issuedAtMs, untilMs: issuedAtMs, points: 0 };
    models.set(modelId, { ...known, untilMs: issuedAtMs, points: known.points + 1 });
  }
  return [...models].map(([modelId, { fromMs, untilMs, points }]) => ({
    ...{ modelId, points },
    fromAt: new Date(fromMs).toISOString(),
    untilAt: new Date(untilMs).toISOString(),
  }));
}
