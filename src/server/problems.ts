// Errors as clients see them: problem documents after RFC 9457 with a stable code and the request's identifier.
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { type ErrorCode, ForewarnError } from "../base/index.ts";

/** Code of a fault of Forewarn itself; what happened is in the log, under the request's identifier. */
export const INTERNAL_ERROR = "internal_error";

/** What a problem document says beside its type, title and status. */
export interface Problem {
  status: number;
  code: ErrorCode | typeof INTERNAL_ERROR;
  detail?: string;
  errors?: readonly object[];
  /** More members of the document. */
  extra?: object;
  retryAfterSeconds?: number;
}

/** Statuses of codes; every other code of an error that a route throws is a conflict with the state of the daemon. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  request_invalid: 400,
  usage_invalid: 400,
  body_unreadable: 400,
  json_too_complex: 400,
  rows_rejected: 400,
  unauthenticated: 401,
  forbidden: 403,
  origin_refused: 403,
  not_found: 404,
  server_unknown: 404,
  path_missing: 404,
  body_too_large: 413,
  media_type_unsupported: 415,
  keys_invalid: 503,
  not_ready: 503,
  overloaded: 503,
  too_many_streams: 503,
  store_read_only: 503,
  disk_full: 503,
  model_unavailable: 503,
  prometheus_unavailable: 503,
  prometheus_failed: 503,
  prometheus_refused: 502,
  prometheus_invalid: 502,
};

/** Fastify's own errors. */
const FRAMEWORK_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "body_too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "media_type_unsupported",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "body_unreadable",
  FST_ERR_CTP_EMPTY_JSON_BODY: "body_unreadable",
  FST_ERR_CTP_INVALID_JSON_BODY: "body_unreadable",
  FST_ERR_VALIDATION: "request_invalid",
  FST_ERR_BAD_URL: "request_invalid",
  FST_ERR_ASYNC_CONSTRAINT: "request_invalid",
};

const RETRY_SECONDS = 5;

/** The problem that an error is for the client. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ForewarnError) {
    const status = STATUSES[error.code] ?? 409;
    const errors = error.issues.map(({ code, path, message }) => ({ code, path, message }));
    const detail = error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
    return { status, code: error.code, detail, ...(errors.length > 0 && { errors }) };
  }
  const { code = "", statusCode = 500, message, validation } = error as Partial<FastifyError>;
  if (validation !== undefined) {
    const errors = validation.map(({ instancePath, message }) => ({ path: instancePath, message: message ?? "" }));
    return { status: 400, code: "request_invalid", detail: "the request breaks its schema", errors };
  }
  const known = FRAMEWORK_CODES[code] ?? (statusCode < 500 ? "request_invalid" : undefined);
  if (known === undefined) return { status: 500, code: INTERNAL_ERROR };
  return { status: STATUSES[known] ?? statusCode, code: known, ...(message !== undefined && { detail: message }) };
}

/** Answers with a problem document. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { status, code, detail, errors, extra, retryAfterSeconds } = problem;
  setStatus(reply, status, retryAfterSeconds);
  const document = {
    type: `/problems/${code}`,
    title: titleOf(code),
    status,
    detail,
    instance: request.url.split("?")[0]!.slice(0, 256),
    code,
    requestId: request.id,
    ...extra,
    errors,
  };
  reply.header("content-type", "application/problem+json").header("cache-control", "no-store");
  return reply.send(JSON.stringify(document));
}

/** Sets the status of an error and the headers that go with it: when to come again, how to say who one is. */
export function setStatus(
  reply: FastifyReply,
  status: number,
  retryAfterSeconds: number = RETRY_SECONDS,
): FastifyReply {
  if (status === 503) reply.header("retry-after", String(retryAfterSeconds));
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="forewarn", Basic realm="forewarn"');
  return reply.code(status);
}

/** A code in words: `body_too_large` is "Body too large". */
export function titleOf(code: string): string {
  const words = code.replaceAll("_", " ");
  return words[0]!.toUpperCase() + words.slice(1);
}
