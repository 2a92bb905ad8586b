// Quiet times: silences and announced maintenance. They are made and ended, never deleted.
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { QuietTime } from "../../alert/index.ts";
import { ForewarnError } from "../../base/index.ts";
import type { ApiServer } from "../api-server.ts";
import { parseTimestamp } from "../ingest/timestamp.ts";
import { answers, instantSchema } from "../schemas.ts";
import type { Services } from "../services.ts";

const matcherSchema = z.strictObject({
  name: z.string().min(1).max(64),
  isEqual: z.boolean().default(true),
  value: z.string().max(256).describe("`*` stands for any characters"),
});
const quietFields = {
  kind: z.enum(["silence", "maintenance"]),
  matchers: z.array(matcherSchema).min(1).max(20),
  comment: z.string().max(1000),
};
const quietSchema = z.object({
  id: z.string(),
  ...quietFields,
  from: instantSchema,
  until: instantSchema,
  author: z.string(),
  isActive: z.boolean(),
});
const timeSchema = z.union([z.number(), z.string().max(40)]).describe("RFC 3339 or Unix seconds");

const LONGEST_MS = 366 * 86_400_000;
const MOST_OPEN = 1000;

/** Registers the routes. */
export function registerQuietTimes(app: ApiServer, services: Services): void {
  const { alerts, now } = services;
  const tags = ["alerts"];
  const keep = async (quiet: QuietTime): Promise<z.infer<typeof quietSchema>> => {
    alerts.book.setQuiet(quiet);
    await alerts.save();
    return quietJson(quiet, now());
  };

  app.get(
    "/api/v1/quiet-times",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "Silences and maintenance, also those of the last days", tags },
        response: answers({ 200: z.object({ items: z.array(quietSchema) }) }),
      },
    },
    async () => ({ items: alerts.book.quietTimes().map((quiet) => quietJson(quiet, now())) }),
  );

  app.post(
    "/api/v1/quiet-times",
    {
      config: { scope: "operate" },
      schema: {
        ...{ summary: "Silence alerts, or announce maintenance", tags },
        body: z.strictObject({ ...quietFields, from: timeSchema.optional(), until: timeSchema }),
        response: answers({ 201: quietSchema }),
      },
    },
    async (request, reply) => {
      const { kind, matchers, comment, from, until } = request.body;
      const fromMs = from === undefined ? now() : parseTimestamp(from);
      const untilMs = parseTimestamp(until);
      if (!(untilMs > fromMs && untilMs > now() && untilMs - fromMs <= LONGEST_MS)) {
        throw new ForewarnError(
          "request_invalid",
          "until: Expected a time to come, after from and within a year of it",
        );
      }
      if (alerts.book.quietTimes().filter((quiet) => quiet.untilMs > now()).length >= MOST_OPEN) {
        throw new ForewarnError("request_invalid", `quiet times: Expected at most ${MOST_OPEN}, got one more`);
      }
      const author = request.key?.name ?? "local";
      return reply.code(201).send(await keep({ id: randomUUID(), kind, matchers, fromMs, untilMs, author, comment }));
    },
  );

  app.delete(
    "/api/v1/quiet-times/:id",
    {
      config: { scope: "operate" },
      schema: {
        ...{ summary: "End a quiet time now", tags },
        params: z.strictObject({ id: z.string().max(64) }),
        response: answers({ 200: quietSchema }),
      },
    },
    async (request) => {
      const quiet = alerts.book.quietTimes().find(({ id }) => id === request.params.id);
      if (quiet === undefined) throw new ForewarnError("not_found", "quiet time: Expected a known id, got another");
      const untilMs = Math.min(quiet.untilMs, now());
      return keep({ ...quiet, fromMs: Math.min(quiet.fromMs, untilMs), untilMs });
    },
  );
}

function quietJson({ id, kind, matchers, fromMs, untilMs, author, comment }: QuietTime, nowMs: number) {
  return {
    ...{ id, kind, matchers: [...matchers], author, comment },
    from: new Date(fromMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    isActive: fromMs <= nowMs && nowMs < untilMs,
  };
}
