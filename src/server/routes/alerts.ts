// Alerts: the list, taking note of one, and how the closed ones came out.
import { z } from "zod";
import { ForewarnError } from "../../base/index.ts";
import type { ApiServer } from "../api-server.ts";
import { labelsParameter, pageParameters, takePage } from "../parameters.ts";
import { alertJson, alertSchema, PHASES } from "../payload/alert-json.ts";
import { answers, instantSchema, pageOf } from "../schemas.ts";
import type { Services } from "../services.ts";

const closedSchema = z.object({
  rule: z.string(),
  server: z.string(),
  outcome: z.enum(["confirmed", "averted", "expired", "missed"]),
  closedAt: instantSchema,
  onsetAt: instantSchema.nullable(),
  leadMs: z.number().nullable(),
  maintenance: z.boolean(),
});

/** Registers the routes. */
export function registerAlerts(app: ApiServer, services: Services): void {
  const { alerts } = services;
  const tags = ["alerts"];

  app.get(
    "/api/v1/alerts",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "Alerts, the latest change first", tags },
        querystring: z.strictObject({
          ...pageParameters,
          phase: z.enum(PHASES).optional().describe("All but inactive by default"),
          rule: z.string().max(64).optional(),
          server: z.string().max(256).optional(),
          labels: labelsParameter.optional(),
        }),
        response: answers({ 200: pageOf(alertSchema) }),
      },
    },
    async (request) => {
      const { phase, rule, server, labels = {} } = request.query;
      const chosen = alerts.book
        .alerts()
        .filter(
          (alert) =>
            (rule ?? alert.rule) === alert.rule &&
            (server ?? alert.server) === alert.server &&
            Object.entries(labels).every(([name, value]) => alert.labels[name] === value),
        )
        .map((alert) => alertJson(alert, services))
        .filter((alert) => (phase === undefined ? alert.phase !== "inactive" : alert.phase === phase));
      return takePage(chosen, "-changed", (alert) => [alert.changedAt ?? "", alert.id], request.query);
    },
  );

  app.post(
    "/api/v1/alerts/acknowledge",
    {
      config: { scope: "operate" },
      schema: {
        ...{ summary: "Take note of the open prediction of a rule on a server", tags },
        description: "When no incident follows, the prediction counts as averted, not as a false alarm.",
        body: z.strictObject({
          rule: z.string().min(1).max(64),
          server: z.string().min(1).max(256),
          note: z.string().max(1000).default(""),
        }),
        response: answers({ 200: z.object({ author: z.string(), at: instantSchema, note: z.string() }) }),
      },
    },
    async (request) => {
      const { rule, server, note } = request.body;
      const [author, atMs] = [request.key?.name ?? "local", services.now()];
      if (!alerts.book.acknowledge(rule, server, { author, atMs, note })) {
        throw new ForewarnError("not_found", "alert: Expected an open prediction of this rule and server, got none");
      }
      await alerts.save();
      return { author, at: new Date(atMs).toISOString(), note };
    },
  );

  app.get(
    "/api/v1/alerts/closed",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "How predictions came out, newest first", tags },
        querystring: z.strictObject({ limit: pageParameters.limit }),
        response: answers({ 200: z.object({ items: z.array(closedSchema) }) }),
      },
    },
    async (request) => {
      const entries = alerts.book.ledger().slice(-request.query.limit).reverse();
      const items = entries.map(({ rule, server, outcome, closedAtMs, onsetMs, leadMs, maintenance }) => ({
        ...{ rule, server, outcome, leadMs, maintenance },
        closedAt: new Date(closedAtMs).toISOString(),
        onsetAt: onsetMs === null ? null : new Date(onsetMs).toISOString(),
      }));
      return { items };
    },
  );
}
