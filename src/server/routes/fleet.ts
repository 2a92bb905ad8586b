// The fleet at a glance, and how the daemon itself is doing.
import { z } from "zod";
import { phaseOf } from "../../alert/index.ts";
import { contractId } from "../../contract/index.ts";
import type { ApiServer } from "../api-server.ts";
import { breachesOf, forecastHead } from "../payload/forecast-json.ts";
import { answers, breachSchema, forecastHeadSchema, instantSchema } from "../schemas.ts";
import { currentForecasts } from "../served.ts";
import type { Services } from "../services.ts";
import { riskOf } from "./servers.ts";

const modelSchema = z.object({ modelId: z.string(), since: instantSchema }).nullable();
const tickSchema = z.object({
  issuedAt: instantSchema,
  modelId: z.string(),
  servers: z.number(),
  durationMs: z.number(),
});
const PHASES = ["pending", "predicted", "confirmed"] as const;
const RISKS_SHOWN = 10;

/** Registers the routes. */
export function registerFleet(app: ApiServer, services: Services): void {
  const { contract, contractHash, store, models, forecasts, alerts, events } = services;
  const config = { scope: "read" } as const;
  const tags = ["fleet"];

  const model = () => {
    const serving = models.serving();
    return serving && { modelId: serving.modelId, since: new Date(serving.sinceMs).toISOString() };
  };
  /** Only while a model serves: without one nothing here may look like a forecast. */
  const lastTick = () => {
    const tick = models.serving() === null ? null : forecasts.lastTick();
    if (tick === null) return {};
    const { issuedAtMs, modelId, servers, durationMs } = tick;
    return { tick: { issuedAt: new Date(issuedAtMs).toISOString(), modelId, servers, durationMs } };
  };

  app.get(
    "/api/v1/fleet",
    {
      config,
      schema: {
        ...{ summary: "The fleet at a glance", tags },
        response: answers({
          200: z.object({
            contract: z.string(),
            contractHash: z.string(),
            model: modelSchema,
            tick: tickSchema.optional().describe("The last tick; absent without a model"),
            servers: z.object({ known: z.number(), forecast: z.number().optional(), refused: z.number() }),
            states: z.record(z.string(), z.number()),
            alerts: z.record(z.enum(PHASES), z.number()),
            atRisk: z
              .array(forecastHeadSchema.extend({ breaches: z.array(breachSchema) }))
              .optional()
              .describe("Servers with the highest breach probabilities; absent without a model"),
          }),
        }),
      },
    },
    async () => {
      const known = store.servers();
      const current = currentForecasts(services);
      const hasModel = models.serving() !== null;
      const states: Record<string, number> = {};
      for (const { state } of known) if (state !== null) states[state] = (states[state] ?? 0) + 1;
      const phases = alerts.book.alerts().map(({ track }) => phaseOf(track));
      const atRisk = current
        .filter((served) => riskOf(served) > 0)
        .sort((a, b) => riskOf(b) - riskOf(a))
        .slice(0, RISKS_SHOWN);
      const countOf = (phase: (typeof PHASES)[number]) => phases.filter((one) => one === phase).length;
      return {
        ...{ contract: contractId(contract), contractHash, model: model(), ...lastTick() },
        servers: {
          known: known.length,
          ...(hasModel && { forecast: current.length }),
          refused: forecasts.refused().length,
        },
        states,
        alerts: { pending: countOf("pending"), predicted: countOf("predicted"), confirmed: countOf("confirmed") },
        ...(hasModel && {
          atRisk: atRisk.map((served) => ({ ...forecastHead(served, services.now()), breaches: breachesOf(served) })),
        }),
      };
    },
  );

  app.get(
    "/api/v1/status",
    {
      config,
      schema: { summary: "How the daemon is doing", tags: ["operations"], response: answers({ 200: statusSchema }) },
    },
    async () => {
      const { startedAtMs, nextTickMs, ...status } = services.status();
      const { gaps, ...storeStatus } = store.status();
      return {
        ...status,
        version: services.version,
        startedAt: new Date(startedAtMs).toISOString(),
        nextTickAt: nextTickMs === null ? null : new Date(nextTickMs).toISOString(),
        model: model(),
        modelMissing: models.missing(),
        faults: alerts.book.ownAlerts().map(({ labels, annotations, startsAtMs }) => ({
          alertname: labels["alertname"]!,
          since: new Date(startsAtMs).toISOString(),
          summary: annotations["summary"]!,
        })),
        ...lastTick(),
        store: { ...storeStatus, sealedDays: [...storeStatus.sealedDays], gaps: [...gaps] },
        outbox: alerts.outbox(),
        stream: events.status(),
      };
    },
  );
}

const statusSchema = z.looseObject({
  version: z.string(),
  startedAt: instantSchema,
  shard: z.object({ index: z.number(), count: z.number() }).describe("Which of the daemons that share the fleet"),
  ready: z.boolean(),
  reasons: z.array(z.string()),
  stopping: z.boolean(),
  nextTickAt: instantSchema.nullable(),
  overruns: z.number(),
  model: modelSchema,
  modelMissing: z.string().nullable().describe("Why no model serves"),
  faults: z
    .array(z.object({ alertname: z.string(), since: instantSchema, summary: z.string() }))
    .describe("Alerts of the daemon about itself"),
  tick: tickSchema.optional(),
  store: z.looseObject({ state: z.string(), reason: z.string().nullable() }),
  outbox: z.object({ pending: z.number(), oldestPendingMs: z.number().nullable() }),
  stream: z.looseObject({ listeners: z.number(), published: z.number(), dropped: z.number() }),
});
