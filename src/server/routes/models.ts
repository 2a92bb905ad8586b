// Models: which there are, what is known of them, and which of them serves. And the contract.
import { z } from "zod";
import { BACKTEST_FILE } from "../../artifact/index.ts";
import { ForewarnError } from "../../base/index.ts";
import { parseEvaluationReport, renderReport } from "../../evaluate/index.ts";
import type { ApiServer } from "../api-server.ts";
import { REPORT_POLICY } from "../headers.ts";
import { answers } from "../schemas.ts";
import type { ModelEntry, Services } from "../services.ts";
import { sendTagged } from "../tagged.ts";

const modelSchema = z.object({
  modelId: z.string(),
  createdAt: z.string().nullable(),
  contractHash: z.string().nullable(),
  state: z.enum(["serving", "standby", "available", "refused"]),
  reason: z.string().nullable().describe("Why it is refused"),
});
/** Identifiers are names, never paths. */
const params = z.strictObject({ id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/) });

/** Registers the routes. */
export function registerModels(app: ApiServer, services: Services): void {
  const { models, contract, contractHash } = services;
  const tags = ["models"];

  app.get(
    "/api/v1/models",
    {
      config: { scope: "read" },
      schema: {
        summary: "Models on disk",
        tags,
        response: answers({ 200: z.object({ items: z.array(modelSchema) }) }),
      },
    },
    async (request, reply) => sendTagged(request, reply, { items: (await models.list()).map(modelJson) }) as never,
  );

  app.get(
    "/api/v1/models/:id",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "A model with its evaluation, training metadata and card", tags, params },
        response: answers({
          200: modelSchema.extend({
            evaluation: z.unknown(),
            trainingMetadata: z.unknown(),
            modelCard: z.string().nullable().describe("Markdown"),
            hasReport: z.boolean().describe("Whether there is a report of a backtest"),
          }),
        }),
      },
    },
    async (request, reply) => {
      const entry = await findModel(services, request.params.id);
      const { backtest, ...documents } = await models.documents(entry.modelId);
      return sendTagged(request, reply, { ...modelJson(entry), ...documents, hasReport: backtest !== null }) as never;
    },
  );

  app.get(
    "/api/v1/models/:id/report",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "The report of a model's backtest, to look at", tags, params },
        description: "A page of its own without scripts, as `forewarn backtest --report` writes it.",
        response: answers({ 200: z.string().describe("HTML") }),
      },
    },
    async (request, reply) => {
      const { modelId } = await findModel(services, request.params.id);
      const { backtest } = await models.documents(modelId);
      if (backtest === null) {
        throw new ForewarnError("not_found", "report: Expected a model with a backtest, got one without", {
          hint: "attach one: forewarn backtest",
        });
      }
      const html = renderReport(parseEvaluationReport(backtest, BACKTEST_FILE));
      reply.header("content-security-policy", REPORT_POLICY);
      return reply.type("text/html; charset=utf-8").send(html);
    },
  );

  app.post(
    "/api/v1/models/:id/activate",
    {
      config: { scope: "admin" },
      schema: {
        ...{ summary: "Make a model serve from the next tick on", tags, params },
        description: "It is loaded, verified and warmed up beside the serving one, which serves on when that fails.",
        response: answers({ 200: modelSchema }),
      },
    },
    async (request) => {
      const { modelId } = await findModel(services, request.params.id);
      return modelJson(await models.activate(modelId));
    },
  );

  app.post(
    "/api/v1/models/rollback",
    {
      config: { scope: "admin" },
      schema: { summary: "Make the model serve that served before", tags, response: answers({ 200: modelSchema }) },
    },
    async () => modelJson(await models.rollback()),
  );

  app.get(
    "/api/v1/contract",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "What the fleet's data must look like", tags: ["fleet"] },
        response: answers({
          200: z.object({ contractHash: z.string(), contract: z.looseObject({ name: z.string() }) }),
        }),
      },
    },
    async (request, reply) => sendTagged(request, reply, { contractHash, contract }) as never,
  );
}

async function findModel({ models }: Services, id: string): Promise<ModelEntry> {
  const entry = (await models.list()).find(({ modelId }) => modelId === id);
  if (entry !== undefined) return entry;
  throw new ForewarnError("not_found", "model: Expected a known identifier, got another", {
    hint: "see GET /api/v1/models",
  });
}

/** Without the directory: paths of the daemon's machine are nobody's business. */
function modelJson({ modelId, createdAt, contractHash, state, reason }: ModelEntry): z.infer<typeof modelSchema> {
  return { modelId, createdAt, contractHash, state, reason };
}
