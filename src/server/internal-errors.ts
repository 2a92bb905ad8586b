// Faults of Forewarn itself: logged, and told to the daemon. The client sees only the request's identifier.
import type { FastifyRequest } from "fastify";
import type { ResolvedServerOptions } from "./options.ts";

/** Reports a fault that came up while a request was answered. */
export type ReportInternalError = (error: unknown, request: FastifyRequest) => void;

/** Makes a {@link ReportInternalError}. */
export function createErrorReport({ onInternalError }: ResolvedServerOptions): ReportInternalError {
  return (error, request) => {
    request.log.error({ err: error }, "internal error");
    onInternalError(error, { id: request.id, method: request.method, route: request.routeOptions.url ?? "" });
  };
}
