// Routes that take their parameters in the URL or in a form: clients post what is too long for a URL.
import type { FastifyReply } from "fastify";
import type { z } from "zod";
import type { ApiServer } from "../../api-server.ts";

const FORM = "application/x-www-form-urlencoded";

/** Reads forms; parameters of the URL hold beside those of the form. */
export function parseForms(app: ApiServer): void {
  app.addContentTypeParser(FORM, { parseAs: "string" }, async (_: unknown, text: string | Buffer) =>
    formRecord(String(text)),
  );
  app.addHook("preValidation", async (request) => {
    if (request.method !== "POST") return;
    const body = typeof request.body === "object" ? request.body : {};
    request.body = { ...(request.query as object), ...body };
  });
}

/** Registers a route for GET with parameters in the URL and for POST with a form. */
export function getAndPost<T extends z.ZodType>(
  app: ApiServer,
  url: string,
  parameters: T,
  summary: string,
  response: Record<string | number, z.ZodType>,
  handle: (asked: z.output<T>, reply: FastifyReply) => Promise<FastifyReply>,
): void {
  const config = { scope: "read" } as const;
  const tags = ["prometheus"];
  app.get(
    url,
    { config, schema: { summary, tags, querystring: parameters, response } },
    (request, reply) => handle(request.query as z.output<T>, reply as FastifyReply) as never,
  );
  app.post(
    url,
    { config, schema: { summary, tags, consumes: [FORM], body: parameters, response } },
    (request, reply) => handle(request.body as z.output<T>, reply as FastifyReply) as never,
  );
}

/** A name given several times has a list of values. */
function formRecord(text: string): Record<string, string | string[]> {
  const form = new URLSearchParams(text);
  const names = [...new Set(form.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
}
