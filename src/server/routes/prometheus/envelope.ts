// Answers as Prometheus' HTTP API gives them: success with data, or an error with its type.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type QueryData, queryErrorType } from "../../../promql/index.ts";
import { problemOf } from "../../problems.ts";

/** Longest stretch of writing without a turn of the event loop. */
const SLICE_MS = 8;
const JSON_TYPE = "application/json; charset=utf-8";

const errorSchema = z
  .object({ status: z.literal("error"), errorType: z.string(), error: z.string() })
  .meta({ id: "PrometheusError", description: "An error as Prometheus' HTTP API answers it" });

/** Adds the envelope to a schema of data, and the errors. */
export function enveloped(data: z.ZodType) {
  const success = z.object({
    status: z.literal("success"),
    data,
    warnings: z.array(z.string()).optional(),
  });
  return { 200: success, "4xx": errorSchema, "5xx": errorSchema };
}

/** Sends data. */
export function sendData(reply: FastifyReply, data: unknown, warnings: readonly string[] = []): FastifyReply {
  return sendText(reply, JSON.stringify(data), warnings);
}

/** Sends the answer of a query, which may be long, in pieces between which others have their turn. */
export async function sendResult(
  reply: FastifyReply,
  { resultType, result }: QueryData,
  warnings: readonly string[],
): Promise<FastifyReply> {
  if (resultType === "scalar" || resultType === "string") return sendData(reply, { resultType, result }, warnings);
  const texts: string[] = [];
  let sliceMs = performance.now();
  for (const item of result) {
    texts.push(JSON.stringify(item));
    if (performance.now() - sliceMs < SLICE_MS) continue;
    await nextTurn();
    sliceMs = performance.now();
  }
  return sendText(reply, `{"resultType":"${resultType}","result":[${texts.join(",")}]}`, warnings);
}

function sendText(reply: FastifyReply, data: string, warnings: readonly string[]): FastifyReply {
  const told = warnings.length === 0 ? "" : `,"warnings":${JSON.stringify(warnings)}`;
  return reply.type(JSON_TYPE).send(`{"status":"success","data":${data}${told}}`);
}

/**
 * Answers with an error of the query or its parameters as Prometheus does. Any other is thrown on, to be the same problem
 * document as everywhere: keys, limits of requests, a body that is no form, a fault of our own.
 */
export function answerError(error: unknown, _: FastifyRequest, reply: FastifyReply): FastifyReply {
  const ofQuery = queryErrorType(error);
  if (ofQuery !== null) return sendFault(reply, ofQuery.status, ofQuery.errorType, (error as Error).message);
  const { status, code, detail = "", errors = [] } = problemOf(error);
  if (code === "server_unknown") return sendFault(reply, status, "not_found", detail);
  if (code !== "request_invalid") throw error;
  return sendFault(reply, status, "bad_data", [detail, ...errors.map(faultText)].join("; "));
}

function sendFault(reply: FastifyReply, status: number, errorType: string, error: string): FastifyReply {
  reply.code(status).type(JSON_TYPE);
  return reply.send(JSON.stringify({ status: "error", errorType, error }));
}

function faultText(fault: object): string {
  const { path = "", message = "" } = fault as { path?: string; message?: string };
  return `${path.replace(/^\//, "")}: ${message}`;
}
