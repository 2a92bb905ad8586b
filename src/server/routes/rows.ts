// POST /api/v1/rows: rows from senders, checked against the contract and on stable storage before the answer.
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { ForewarnError } from "../../base/index.ts";
import type { ApiServer } from "../api-server.ts";
import type { Admit } from "../ingest/admission.ts";
import { leaveBodies, readText } from "../ingest/read-body.ts";
import { type RowError, readRows } from "../ingest/read-rows.ts";
import { splitArray, splitLines } from "../ingest/split-rows.ts";
import { mayWriteServer } from "../keys.ts";
import { sendProblem } from "../problems.ts";
import { answers, errorCodeSchema, problemSchema } from "../schemas.ts";
import type { Services } from "../services.ts";

const rowSchema = z
  .object({
    timestamp: z.union([z.iso.datetime({ offset: true }), z.number()]).describe("RFC 3339, or Unix seconds"),
    server: z.string().min(1).max(256),
  })
  .catchall(z.union([z.number(), z.string(), z.boolean(), z.null()]))
  .describe("Labels, state, metrics and texts by the names of the contract; null is missing");

const countsSchema = z.object({
  accepted: z.number().int().describe("New rows, now on stable storage"),
  duplicates: z.number().int().describe("Rows that were stored already with the same values"),
  conflicts: z.number().int().describe("Rows whose server and time are stored with other values, which stay"),
  rejected: z.number().int().describe("Rows that break the contract or a limit"),
});
const errorSchema = z.object({ index: z.number().int(), code: errorCodeSchema, path: z.string(), message: z.string() });

const NDJSON = "application/x-ndjson";

/** Registers the route. */
export function registerRows(app: ApiServer, services: Services, admit: Admit): void {
  const { contract, store, limits, metrics } = services;
  const refusedTotal = metrics.counter("forewarn_ingest_rows_refused_total", "Rows that were not stored, by code.");
  const parseSeconds = metrics.histogram(
    "forewarn_ingest_parse_seconds",
    "Time to read and check the rows of a request.",
    [0.001, 0.005, 0.02, 0.05, 0.1, 0.5],
  );

  void app.register(async (scoped) => {
    const rows = scoped.withTypeProvider<import("fastify-type-provider-zod").ZodTypeProvider>();
    leaveBodies(rows, ["application/json", NDJSON]);
    rows.post(
      "/api/v1/rows",
      {
        config: { scope: "ingest" },
        bodyLimit: limits.maxBodyBytes,
        validatorCompiler: () => () => true,
        schema: {
          summary: "Send rows of metrics",
          description: `A JSON array of rows, or one row per line as ${NDJSON}; plain or gzip. Rows are stored before the answer. Sending the same rows again is harmless.`,
          tags: ["ingest"],
          consumes: ["application/json", NDJSON],
          body: z.array(rowSchema),
          response: answers({
            200: countsSchema.extend({ errors: z.array(errorSchema) }),
            400: problemSchema
              .extend({ ...countsSchema.partial().shape, errors: z.array(errorSchema).optional() })
              .describe("Some rows were rejected, the others are stored; or the body cannot be read"),
          }),
        },
      },
      async (request, reply) =>
        admit(async () => {
          const body = request.body as unknown as IncomingMessage | undefined;
          const type = request.headers["content-type"];
          // Without a body nothing was parsed, and no type asked for.
          if (body === undefined || type === undefined) throw unsupported();
          const text = await readText(body, request.headers, limits);
          const begin = performance.now();
          const isLines = type.startsWith(NDJSON);
          const spans = (isLines ? splitLines : splitArray)(text, limits.maxRowsPerRequest);
          const nowMs = services.now();
          const bounds = {
            fromMs: nowMs - limits.retentionMs,
            toMs: nowMs + limits.maxAheadMs,
            isOwn: (server: string) => mayWriteServer(request.key, server),
          };
          const { batch, indices, errors } = readRows(contract, text, spans, bounds);
          parseSeconds.observe((performance.now() - begin) / 1000);

          const none = { accepted: 0, duplicates: 0, conflicts: [], rejected: [] };
          const result = indices.length === 0 ? none : await store.write(batch);
          for (const { index } of result.conflicts) errors.push(conflictError(indices[index]!));
          for (const { index, reason } of result.rejected) errors.push(refusedError(indices[index]!, reason));
          errors.sort((a, b) => a.index - b.index);
          const { accepted, duplicates } = result;
          const conflicts = result.conflicts.length;
          const rejected = errors.length - conflicts;
          const counts = { accepted, duplicates, conflicts, rejected };
          for (const { code } of errors) refusedTotal.add(1, { code });
          if (errors.length === 0) return { ...counts, errors };
          const detail = `${errors.length} of ${spans.length} rows were not stored`;
          return sendProblem(request, reply, { status: 400, code: "rows_rejected", detail, extra: counts, errors });
        }),
    );
  });
}

function unsupported(): ForewarnError {
  return new ForewarnError("media_type_unsupported", `content-type: Expected application/json or ${NDJSON}, got none`);
}

function conflictError(index: number): RowError {
  const message = "Expected the values that are stored for this server and time, got others; the first write stays";
  return { index, code: "row_conflict", path: "", message };
}

function refusedError(index: number, code: "too_many_servers"): RowError {
  return { index, code, path: "server", message: "Expected a known server, as there are too many to take a new one" };
}
