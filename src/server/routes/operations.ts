// For the operator and what watches over the daemon: alive, ready, reload, metrics, and what an error code means.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { ForewarnError } from "../../base/index.ts";
import type { ApiServer } from "../api-server.ts";
import { EXPOSITION_TYPE } from "../metrics-registry.ts";
import { titleOf } from "../problems.ts";
import { answers } from "../schemas.ts";
import type { Services } from "../services.ts";

const tags = ["operations"];
const plain = "text/plain; charset=utf-8";

/** Registers the routes. */
export function registerOperations(app: ApiServer, services: Services): void {
  for (const url of ["/-/healthy", "/livez"]) {
    const schema = { summary: "Whether the process lives", tags, response: { 200: z.string() } };
    app.get(url, { config: { scope: "public", rateLimit: false }, schema }, async (_, reply) =>
      reply.type(plain).send("alive\n"),
    );
  }
  for (const url of ["/-/ready", "/readyz"]) {
    const schema = {
      summary: "Whether the daemon takes rows and answers",
      ...{ tags, response: { 200: z.string(), 503: z.string() } },
    };
    app.get(url, { config: { scope: "public", rateLimit: false }, schema }, async (_, reply) => {
      const { ready, stopping } = services.status();
      const isReady = ready && !stopping;
      // Why it is not ready is for readers of /api/v1/status; this route is public.
      if (!isReady) reply.code(503).header("retry-after", "5");
      return reply.type(plain).send(isReady ? "ready\n" : "not ready\n");
    });
  }

  app.route({
    method: ["POST", "PUT"],
    url: "/-/reload",
    config: { scope: "admin" },
    schema: {
      summary: "Read the configuration anew",
      tags,
      response: answers({ 200: z.object({ reloaded: z.literal(true) }) }),
    },
    handler: async () => {
      await services.reload();
      return { reloaded: true as const };
    },
  });

  app.route({
    method: "POST",
    url: "/-/backup",
    config: { scope: "admin" },
    schema: {
      summary: "Copy the stored rows while the daemon runs",
      tags,
      response: answers({ 200: z.object({ backup: z.string() }) }),
    },
    handler: async () => ({ backup: await services.backup() }),
  });

  app.get(
    "/metrics",
    {
      config: { scope: "read" },
      schema: { summary: "The daemon's own metrics", tags, response: answers({ 200: z.string() }) },
    },
    async (_, reply) => reply.type(EXPOSITION_TYPE).send(services.metrics.text()),
  );

  const explanations = readExplanations();
  app.get(
    "/problems/:code",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "What an error code means", tags, params: z.strictObject({ code: z.string().max(64) }) },
        response: answers({ 200: z.string() }),
      },
    },
    async (request, reply) => {
      const { code } = request.params;
      const explanation = explanations.get(code);
      if (explanation === undefined) throw new ForewarnError("not_found", "code: Expected a known one, got another");
      return reply.type(plain).send(`${titleOf(code)}\n\n${explanation}\n`);
    },
  );
}

/** Meaning and advice of every code, from the tables of docs/errors.md. */
function readExplanations(): Map<string, string> {
  const text = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  const rows = text.matchAll(/^\| `(\w+)` *\|[^|]*\|([^|]*)\|([^|]*)\|$/gm);
  const explanations = new Map([...rows].map((row) => [row[1]!, `Meaning: ${row[2]!.trim()}\nDo: ${row[3]!.trim()}`]));
  return explanations.set(
    "internal_error",
    "Meaning: a fault of Forewarn\nDo: find the request id in the log, report it",
  );
}
