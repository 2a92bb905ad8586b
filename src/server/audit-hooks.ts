// Writes who changes what into the audit log: when it begins, so that nothing happens unrecorded, and how it ended.
import type { FastifyRequest } from "fastify";
import type { ApiServer } from "./api-server.ts";
import type { AuditEntry, AuditLog } from "./audit.ts";

/** Registers the hooks. A change that cannot be recorded is not made. */
export function auditChanges(app: ApiServer, audit: AuditLog): void {
  app.addHook("preHandler", async (request) => {
    if (isAudited(request)) audit.append(entryOf(request, null));
  });
  app.addHook("onSend", async (request, reply) => {
    if (isAudited(request) && (request.key !== null || reply.statusCode < 400)) {
      audit.append(entryOf(request, reply.statusCode));
    }
  });
}

function isAudited({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.scope === "admin" || routeOptions.config.scope === "operate";
}

function entryOf({ key, socket, method, routeOptions, params, id }: FastifyRequest, status: number | null): AuditEntry {
  return {
    actor: key === null ? "local" : `${key.name} (${key.id})`,
    address: socket.remoteAddress ?? "local",
    action: `${method} ${routeOptions.url}`,
    target: (params ?? {}) as Record<string, string>,
    requestId: id,
    status,
  };
}
