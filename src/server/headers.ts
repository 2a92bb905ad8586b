// Headers of every answer: nothing is loaded from elsewhere, framed, sniffed or kept, unless a route says otherwise.
import type { FastifyReply, FastifyRequest } from "fastify";
import { REPORT_STYLE_HASH } from "../evaluate/index.ts";

const BASE = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
/** The page may frame a report that it has read with a key, and a frame without an address of its own has its policy. */
const POLICY = `${BASE}; style-src 'self' '${REPORT_STYLE_HASH}'`;

const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;

/** For the documentation page alone, whose scripts set styles and show small pictures of their own. */
export const DOCUMENTATION_POLICY = `${BASE}; style-src 'self' 'unsafe-inline'; img-src 'self' data:`;

/** For reports of models: nothing but their own style, shown here or in a frame of the page. */
export const REPORT_POLICY = [
  ...["default-src 'none'", `style-src '${REPORT_STYLE_HASH}'`, "base-uri 'none'", "form-action 'none'"],
  ...["frame-ancestors 'self'", "sandbox"],
].join("; ");

/** Hook that sets the headers before anything can fail. */
export async function setSecurityHeaders(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.headers({ ...HEADERS, "x-request-id": request.id });
}
