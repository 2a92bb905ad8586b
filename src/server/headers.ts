// Headers of every answer: nothing is loaded from elsewhere, framed, sniffed or kept, unless a route says otherwise.
import type { FastifyReply, FastifyRequest } from "fastify";

const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;

/** For the documentation page alone, whose scripts set styles and show small pictures of their own. */
export const DOCUMENTATION_POLICY = `${POLICY}; style-src 'self' 'unsafe-inline'; img-src 'self' data:`;

/** Hook that sets the headers before anything can fail. */
export async function setSecurityHeaders(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.headers({ ...HEADERS, "x-request-id": request.id });
}
