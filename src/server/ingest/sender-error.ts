// Errors as senders of samples need them: the status decides whether they drop the data, repeat it, or stand still.
import type { FastifyRequest } from "fastify";
import type { ReportInternalError } from "../internal-errors.ts";
import { INTERNAL_ERROR, type Problem, problemOf } from "../problems.ts";

/** Statuses after which the same request would fail again. Whatever else went wrong may pass. */
const FINAL: readonly number[] = [400, 401, 403, 404, 413, 415];

/** An error for a sender. */
export interface SenderError {
  /** One of {@link FINAL}, or 503. Never 429, after which Prometheus drops the data, nor 500, which OTLP does not repeat. */
  status: number;
  code: Problem["code"];
  text: string;
}

/** The error for a sender; one that is a fault of Forewarn itself is reported. */
export function senderErrorOf(error: unknown, request: FastifyRequest, report: ReportInternalError): SenderError {
  const { status, code, detail } = problemOf(error);
  if (FINAL.includes(status) || status === 503) return { status, code, text: detail ?? code };
  report(error, request);
  return { status: 503, code: INTERNAL_ERROR, text: `internal error, in the log as ${request.id}` };
}
